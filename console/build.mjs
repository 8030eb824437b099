// Bundles the console into src/voltloom/web/static/console. `--watch` builds anew on each change.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const target = process.env.CONSOLE_TARGET ?? join(here, "..", "src", "voltloom", "web", "static", "console");
const pages = { index: "index.html", driver: "driver.html" };

const written = {
  name: "pages",
  setup(build) {
    build.onEnd(async (result) => {
      if (result.errors.length) return;
      await rm(target, { recursive: true, force: true });
      await mkdir(target, { recursive: true });
      const names = {};
      for (const file of result.outputFiles) {
        const hash = createHash("sha256").update(file.contents).digest("hex").slice(0, 10);
        const [stem, end] = basename(file.path).split(/\.(?=[^.]+$)/);
        names[`${stem}.${end}`] = `${stem}-${hash}.${end}`;
        await writeFile(join(target, names[`${stem}.${end}`]), file.contents);
      }
      await copyFile(join(here, "icon.svg"), join(target, "icon.svg"));
      for (const page of Object.values(pages)) {
        let text = await readFile(join(here, page), "utf8");
        for (const [plain, hashed] of Object.entries(names)) text = text.replaceAll(`/assets/${plain}`, `/assets/${hashed}`);
        await writeFile(join(target, page), text);
      }
      const sizes = (await readdir(target)).length;
      console.log(`console: ${sizes} files in ${target}`);
    });
  },
};

const options = {
  entryPoints: { console: join(here, "src/main.tsx"), driver: join(here, "src/driver/main.tsx") },
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
