/** Serves the harness on a free port (or the one given) and prints its address. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const html = readFileSync(join(root, "dev/harness.html"));
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ["dev/harness.ts"],
  bundle: true,
  format: "esm",
  target: "es2022",
  write: false,
  minify: process.argv.includes("--minify"),
  sourcemap: "inline",
  loader: { ".css": "text" },
});
const script = outputFiles[0].contents;
const server = createServer((request, response) => {
  const isScript = request.url?.startsWith("/harness.js");
  response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
  response.end(isScript ? script : html);
});
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/?scene=thermometer`);
});
