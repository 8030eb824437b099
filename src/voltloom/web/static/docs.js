// Shows an OpenAPI description: each operation with its parameters, body and answer.
"use strict";
const made = (tag, text, kind) => Object.assign(document.createElement(tag), { textContent: text ?? "", className: kind ?? "" });

function shape(schema, all, depth = 0) {
  if (!schema) return "";
  if (schema.$ref) return shape(all[schema.$ref.split("/").pop()], all, depth);
  if (schema.anyOf) return schema.anyOf.map((one) => shape(one, all, depth)).join(" or ");
  if (schema.oneOf) return schema.oneOf.map((one) => `// ${one.description ?? ""}\n${shape(one, all, depth)}`).join("\n");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") return `[${shape(schema.items, all, depth)}, …]`;
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" or ");
  if (schema.properties && depth < 4) {
    const pad = "  ".repeat(depth + 1);
    const lines = Object.entries(schema.properties).map(([name, one]) =>
      `${pad}"${name}"${(schema.required ?? []).includes(name) ? "" : "?"}: ${shape(one, all, depth + 1)}`);
    return `{\n${lines.join(",\n")}\n${"  ".repeat(depth)}}`;
  }
  return schema.format ?? schema.type ?? "anything";
}

function operation(path, verb, found, all) {
  const box = document.createElement("details");
  const head = document.createElement("summary");
  head.append(made("span", verb.toUpperCase(), "verb"), made("code", path), ` ${(found.description ?? found.summary ?? "").split("\n")[0]}`);
  box.append(head);
  for (const one of found.parameters ?? []) {
    box.append(made("p", `${one.in} ${one.name}${one.required ? "" : "?"}: ${shape(one.schema, all)} ${one.description ?? ""}`));
  }
  const body = found.requestBody?.content?.["application/json"]?.schema;
  if (body) box.append(made("p", "Body", "soft"), made("pre", shape(body, all)));
  for (const [status, answer] of Object.entries(found.responses ?? {})) {
    const schema = answer.content?.["application/json"]?.schema;
    if (status[0] === "2" && schema) box.append(made("p", `Answer ${status}`, "soft"), made("pre", shape(schema, all)));
  }
  return box;
}

async function show() {
  const api = await (await fetch("/api/openapi.json")).json();
  const all = api.components?.schemas ?? {};
  document.getElementById("version").textContent = `version ${api.info.version}, OpenAPI ${api.openapi}`;
  document.getElementById("about").textContent = `${api.info.summary ?? ""} ${api.info.description ?? ""}`;
  document.getElementById("try").textContent = `curl -H "Authorization: Bearer $KEY" ${location.origin}/api/v1/site`;
  const byTag = new Map();
  for (const [path, verbs] of Object.entries(api.paths)) {
    for (const [verb, found] of Object.entries(verbs)) {
      const tag = (found.tags ?? ["other"])[0];
      if (!byTag.has(tag)) byTag.set(tag, []);
      byTag.get(tag).push(operation(path, verb, found, all));
    }
  }
  for (const [tag, boxes] of byTag) document.getElementById("paths").append(made("h2", tag), ...boxes);
}
show();
