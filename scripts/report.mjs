/** Builds what an audit report is made with: its one script, its styles, and the licences of what the script holds. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

/** What is in the files of a package beside itself. */
const WITHIN = { '@dagrejs/dagre': ['@dagrejs/graphlib'] };

/** The packages of which something is in a bundle, by its input files. */
function packagesIn({ outputs }) {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const names = inputs.flatMap(([file, { bytesInOutput }]) => {
    if (bytesInOutput === 0) return [];
    const [, after] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
    return after === undefined ? [] : [after, ...(WITHIN[after] ?? [])];
  });
  return [...new Set(names)].toSorted((a, b) => (a < b ? -1 : 1));
}

function licenceOf(root, name) {
  const directory = path.join(root, 'node_modules', name);
  const { version, license } = JSON.parse(
    readFileSync(path.join(directory, 'package.json'), 'utf8'),
  );
  const text = readFileSync(path.join(directory, 'LICENSE'), 'utf8');
  return { heading: `${name} ${version} (${license})`, text: text.trim() };
}

/** The licences of what a bundle holds, as text. */
export function noticesOf(root, metafile, holds) {
  const licences = packagesIn(metafile).map((name) => licenceOf(root, name));
  const parts = [
    `Made with gitkel. ${holds} parts of: ${licences.map(({ heading }) => heading).join('; ')}.`,
    ...licences.map(({ heading, text }) => `${heading}\n\n${text}`),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** A script that can stand in a page as it is: nothing in it ends its element, or is another byte once parsed. */
function requireInlinable(text) {
  if (/<\/script|<!--|\r|\0/i.test(text))
    throw new Error('the script of the report cannot stand in a page');
  return text;
}

/** Writes `dist/web/report`. */
export async function buildReport(root) {
  const directory = path.join(root, 'dist/web/report');
  const common = {
    absWorkingDir: root,
    bundle: true,
    write: false,
    minify: true,
    charset: 'ascii',
    logLevel: 'warning',
  };
  const script = await build({
    ...common,
    entryPoints: [path.join(root, 'web/report/main.ts')],
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    metafile: true,
  });
  const style = await build({ ...common, entryPoints: [path.join(root, 'web/report/style.css')] });
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    path.join(directory, 'report.js'),
    requireInlinable(script.outputFiles[0].text.trim()),
  );
  writeFileSync(path.join(directory, 'report.css'), style.outputFiles[0].text.trim());
  const notices = noticesOf(root, script.metafile, 'The script of this page holds');
  writeFileSync(path.join(directory, 'NOTICES.txt'), notices);
}
