// Bundles the console into src/voltloom/web/static/console. `--watch` builds anew on each change.
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const target = process.env.CONSOLE_TARGET ?? join(here, "..", "src", "voltloom", "web", "static", "console");
const pages = { index: "index.html", driver: "driver.html" };

const entryPoints = { console: join(here, "src/main.tsx"), driver: join(here, "src/driver/main.tsx") };

/** A page's text with the names that an entry got, and what its script needs at once beside it. */
function placed(text, entry, made) {
  const script = made.find((one) => one.entryPoint && join(process.cwd(), one.entryPoint) === entryPoints[entry]);
  const needed = script.imports.filter((one) => one.kind === "import-statement").map((one) => `<link rel="modulepreload" href="/assets/${basename(one.path)}">`);
  const style = script.cssBundle ? basename(script.cssBundle) : "";
  return text
    .replace(`<link rel="stylesheet" href="/assets/${entry}.css">`, style ? `<link rel="stylesheet" href="/assets/${style}">` : "")
    .replace(`<script type="module" src="/assets/${entry}.js"></script>`, `${needed.join("")}<script type="module" src="/assets/${script.name}"></script>`);
}

const written = {
  name: "pages",
  setup(build) {
    build.onEnd(async (result) => {
      if (result.errors.length) return;
      await rm(target, { recursive: true, force: true });
      await mkdir(target, { recursive: true });
      for (const file of result.outputFiles) await writeFile(file.path, file.contents);
      const made = Object.entries(result.metafile.outputs).map(([path, output]) => ({ ...output, path, name: basename(path) }));
      await copyFile(join(here, "icon.svg"), join(target, "icon.svg"));
      for (const page of Object.values(pages)) {
        const text = Object.keys(entryPoints).reduce((all, entry) => placed(all, entry, made), await readFile(join(here, page), "utf8"));
        await writeFile(join(target, page), text);
      }
      const sizes = (await readdir(target)).length;
      console.log(`console: ${sizes} files in ${target}`);
    });
  },
};

const options = {
  entryPoints,
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
  plugins: [written],
};

if (process.argv.includes("--watch")) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  await esbuild.build(options);
}
