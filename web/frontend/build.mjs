// Builds what a report page runs: one file with the parts of ECharts that its pictures need.
// npm install && npm run build; the built file is committed, so that nobody needs Node to use Voronka.
import { build } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";

const PAGE = "../../engine/voronka/metrics/reports/page";
const LICENCES = [
  ["Apache ECharts", "node_modules/echarts/LICENSE", "node_modules/echarts/NOTICE"],
  ["ZRender", "node_modules/zrender/LICENSE"],
  ["tslib", "node_modules/tslib/LICENSE.txt"],
];

await build({
  entryPoints: ["report.js"],
  outfile: `${PAGE}/report.js`,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  charset: "ascii",
  legalComments: "none",
  banner: { js: "/*! Apache ECharts (Apache-2.0), ZRender (BSD-3-Clause), tslib (0BSD): see report.licences.txt */" },
});

let told = "report.js holds parts of these libraries.\n";
for (const [name, ...files] of LICENCES) {
  told += `\n${"=".repeat(72)}\n${name}\n`;
  for (const file of files) told += `\n${(await readFile(file, "utf8")).trim()}\n`;
}
await writeFile(`${PAGE}/report.licences.txt`, told.replaceAll("\r\n", "\n"));
