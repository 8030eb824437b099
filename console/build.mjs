// Bundles the console into src/voltloom/web/static/console. `--watch` builds anew on each change.
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const target = process.env.CONSOLE_TARGET ?? join(here, "..", "src", "voltloom", "web", "static", "console");
const builds = {
  console: { page: "index.html", from: "src/main.tsx", first: "src/app.tsx" },
  driver: { page: "driver.html", from: "src/driver/main.tsx", first: null },
};

/** A page's text with the names that its parts got, and what its script needs at once beside it. */
function placed(text, entry, made) {
  const script = made.find((one) => one.entryPoint?.endsWith(builds[entry].from));
  const needed = script.imports.filter((one) => one.kind === "import-statement").map((one) => `<link rel="modulepreload" href="/assets/${basename(one.path)}">`);
  return text
    .replace(`<link rel="stylesheet" href="/assets/${entry}.css">`, script.cssBundle ? `<link rel="stylesheet" href="/assets/${basename(script.cssBundle)}">` : "")
    .replace(`<script type="module" src="/assets/${entry}.js"></script>`, `${needed.join("")}<script type="module" src="/assets/${script.name}"></script>`);
}

/**
 * Lets what is fetched later build on all of what is shown first. Then that is one file. Otherwise each set of parts that some later
 * page shares with it becomes a file of its own, a dozen of them, and each costs a request with its head.
 */
const together = (first) => ({
  name: "together",
  setup(build) {
    const later = new Set();
    build.onResolve({ filter: /^\./ }, async ({ kind, path, resolveDir, importer }) => {
      if (kind !== "dynamic-import" || !importer) return undefined;
      const found = await build.resolve(path, { resolveDir, kind: "import-statement" });
      later.add(found.path);
      return found;
    });
    build.onLoad({ filter: /\.tsx?$/ }, async ({ path }) =>
      later.has(path) ? { contents: `import ${JSON.stringify(join(here, first))};\n${await readFile(path, "utf8")}`, loader: extname(path).slice(1) } : undefined,
    );
  },
});

/** Writes what an entry needs. All styles come with the first load: those of later pages are in its sheet. */
const written = (entry) => ({
  name: "written",
  setup(build) {
    build.onEnd(async (result) => {
      if (result.errors.length) return;
      const made = Object.entries(result.metafile.outputs).map(([path, output]) => ({ ...output, path, name: basename(path) }));
      const sheets = new Set(made.filter((one) => one.entryPoint?.endsWith(builds[entry].from)).map((one) => basename(one.cssBundle ?? "")));
      for (const file of result.outputFiles) if (extname(file.path) !== ".css" || sheets.has(basename(file.path))) await writeFile(file.path, file.contents);
      const { page } = builds[entry];
      await writeFile(join(target, page), placed(await readFile(join(here, page), "utf8"), entry, made));
      console.log(`${entry}: ${(await readdir(target)).length} files in ${target}`);
    });
  },
});

const options = (entry) => ({
  entryPoints: { [entry]: join(here, builds[entry].from) },
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  splitting: true,
  metafile: true,
  outdir: target,
  bundle: true,
  minify: true,
  write: false,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  logLevel: "warning",
  plugins: [...(builds[entry].first ? [together(builds[entry].first)] : []), written(entry)],
});

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
await copyFile(join(here, "icon.svg"), join(target, "icon.svg"));
for (const entry of Object.keys(builds)) {
  if (process.argv.includes("--watch")) await (await esbuild.context(options(entry))).watch();
  else await esbuild.build(options(entry));
}
