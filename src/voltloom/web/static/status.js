// The site now: reads the interface every two seconds with the key that this browser tab was given.
"use strict";
const at = (id) => document.getElementById(id);
const KEY = "voltloom-key";
const number = (value, digits = 1) => (value === null || value === undefined ? "–" : value.toFixed(digits));
let zone; // the site's, not the browser's
const clock = (text) => (text ? new Date(text).toLocaleTimeString([], { timeZone: zone }) : "–");

async function read(path, options = {}) {
  const headers = { Authorization: `Bearer ${sessionStorage.getItem(KEY)}`, "Content-Type": "application/json" };
  const answer = await fetch(`/api/v1/${path}`, { ...options, headers });
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.detail || answer.statusText), { status: answer.status });
  return body;
}

function cell(value, isNumber) {
  const made = document.createElement("td");
  if (isNumber) made.className = "n";
  made.append(value instanceof Node ? value : String(value ?? "–"));
  return made;
}

function fill(table, heads, rows, empty) {
  const head = document.createElement("tr");
  for (const [title, isNumber] of heads) {
    const made = document.createElement("th");
    made.textContent = title;
    if (isNumber) made.className = "n";
    head.append(made);
  }
  const body = rows.map((row) => {
    const made = document.createElement("tr");
    row.forEach((value, place) => made.append(cell(value, heads[place][1])));
    return made;
  });
  if (!rows.length) {
    const made = document.createElement("tr");
    const only = cell(empty);
    only.colSpan = heads.length;
    only.className = "soft";
    made.append(only);
    body.push(made);
  }
  table.replaceChildren(head, ...body);
}

function bar(load, rating) {
  const made = document.createElement("meter");
  made.max = rating;
  made.high = rating * 0.98;
  made.value = Math.max(0, load ?? 0);
  made.title = `${number(load)} of ${number(rating)} A`;
  return made;
}

function approval(station, free) {
  const form = document.createElement("span");
  const choice = document.createElement("select");
  choice.setAttribute("aria-label", `Outlet of ${station.id}`);
  for (const evse of free) choice.append(new Option(evse.id, evse.id));
  const yes = document.createElement("button");
  yes.textContent = "Approve";
  yes.disabled = !free.length;
  yes.onclick = () => act(`stations/parked/${encodeURIComponent(station.id)}/approval`, { evses: [choice.value], mark: station.mark });
  const no = document.createElement("button");
  no.textContent = "Reject";
  no.onclick = () => act(`stations/${encodeURIComponent(station.id)}/rejection`, { reason: "" });
  form.append(choice, " ", yes, " ", no);
  return form;
}

async function act(path, body) {
  try {
    await read(path, { method: "POST", body: JSON.stringify(body) });
    at("trouble").textContent = "";
  } catch (problem) {
    at("trouble").textContent = problem.message;
  }
  show();
}

function facts(site) {
  const found = [
    [`${number(site.power_w / 1000)} kW`, "drawn by vehicles"],
    [`${site.charging_count} of ${site.sessions_count}`, "sessions charge"],
    [`${site.connected_count} of ${site.stations_count}`, "stations connected"],
    [site.architecture, "architecture"],
    [{ chosen: "normal", equal: "careful: equal shares", floor: "safe floor", starting: "starting" }[site.mode], "the controller's trust"],
    [clock(site.now), "the site's time"],
    ...site.limits.filter((limit) => limit.is_in_force).map((limit) =>
      [limit.limit_a === null ? `${number(limit.power_w / 1000)} kW` : `${number(limit.limit_a)} A`, limit.sentence]),
  ];
  at("facts").replaceChildren(...found.map(([value, what]) => {
    const made = document.createElement("div");
    const strong = document.createElement("b");
    strong.textContent = value;
    const small = document.createElement("span");
    small.textContent = what;
    made.append(strong, small);
    return made;
  }));
}

async function show() {
  const [site, circuits, evses, decisions, alarms, parked] = await Promise.all(
    ["site", "circuits", "evses", "decisions?count=15", "alarms?count=15", "stations/parked"].map((path) => read(path)));
  zone = site.time_zone;
  at("ask").hidden = true;
  at("site").hidden = at("forget").hidden = false;
  at("name").textContent = document.title = site.name;
  at("mode").textContent = site.is_draining ? "is about to stop" : "";
  facts(site);
  fill(at("circuits"), [["circuit, phase"], ["worst load"], ["A", true], ["may carry, A", true], ["rating, A", true], ["meter, A", true]],
    circuits.map((row) => [row.row, bar(row.worst_load_a, row.rating_a), number(row.worst_load_a), number(row.may_carry_a),
      number(row.rating_a), row.is_metered ? number(row.measured_a) : "no meter"]), "No circuits.");
  at("waiting").hidden = !parked.length;
  const free = evses.filter((evse) => evse.station === null);
  if (!at("parked").contains(document.activeElement)) {
    fill(at("parked"), [["station"], ["says it is"], ["from"], ["outlet"]], parked.map((station) => [station.id,
      `${station.vendor} ${station.model} ${station.version}`, station.address, approval(station, free)]), "");
  }
  fill(at("evses"), [["outlet"], ["station"], ["state"], ["limit, A", true], ["draws, A", true], ["why"], ["lifts when"]],
    evses.map((evse) => [evse.id, evse.station ?? "no station", evse.state.replaceAll("_", " "), number(evse.limit_a), number(evse.current_a),
      evse.sentence ?? "", evse.session && evse.record ? evse.record.lifts_when : ""]), "No outlets.");
  fill(at("decisions"), [["time"], ["outlet"], ["before, A", true], ["after, A", true], ["cause"], ["bound by"], ["rule"]],
    decisions.flatMap((one) => one.changes.map((change) => [clock(one.time), change.evse, number(change.before_a), number(change.after_a),
      change.cause.replaceAll("_", " "), change.limit ? change.limit.row : "", change.planned ? change.planned.sentence : change.rule])).slice(0, 20), "No limit changed yet.");
  fill(at("alarms"), [["time"], ["how bad"], ["where"], ["what"], ["what it does"], ["what to do"]],
    alarms.map((one) => [clock(one.time), one.severity, one.source, one.what, one.effect, one.next_step]), "All is well.");
}

async function turn() {
  try {
    if (sessionStorage.getItem(KEY)) await show();
    else at("ask").hidden = false;
  } catch (problem) {
    if (problem.status === 401 || problem.status === 403) {
      sessionStorage.removeItem(KEY);
      at("ask").hidden = false;
      at("site").hidden = at("forget").hidden = true;
      at("wrong").textContent = problem.message;
    } else {
      at("mode").textContent = "not reachable just now";
    }
  }
  setTimeout(turn, 2000);
}

at("ask").onsubmit = (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, at("key").value.trim());
  at("wrong").textContent = at("key").value = "";
  show().catch((problem) => {
    sessionStorage.removeItem(KEY);
    at("wrong").textContent = problem.message;
  });
};
at("forget").onclick = (event) => {
  event.preventDefault();
  sessionStorage.removeItem(KEY);
  location.reload();
};
turn();
