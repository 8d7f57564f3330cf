/** Builds the one module that the widget loads: everything bundled, nothing fetched at run time. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const outfile = join(root, "../msgflo_lab_kernel/static/widget.js");
const { version } = JSON.parse(readFileSync(join(root, "node_modules/cytoscape/package.json"), "utf8"));
await build({
  absWorkingDir: root,
  entryPoints: ["src/widget.ts"],
  outfile,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  sourcemap: false,
  charset: "utf8",
  loader: { ".css": "text" },
  legalComments: "none",
  banner: {
    js:
      "/*! msgflo-lab picture (MIT). Contains cytoscape.js " +
      `${version} (MIT, https://js.cytoscape.org) and icons from Font Awesome Free by @fontawesome, ` +
      "https://fontawesome.com (CC BY 4.0, https://creativecommons.org/licenses/by/4.0/). */",
  },
  logLevel: "info",
});
