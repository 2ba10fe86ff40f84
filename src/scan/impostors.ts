/**
 * Names that pass themselves off as others: of skills, of makers, of packages.
 * @module
 */
import { quoted } from '../base/errors.ts';
import { readFrontmatter } from '../skills/frontmatter.ts';
import type { Spotted } from './finding.ts';
import { isMisleading } from './mixed-scripts.ts';
import type { ScanPart } from './scan-part.ts';
import { placesOf, spotted } from './spot.ts';

/** Makers and products whose names people trust. */
const MAKERS: readonly string[] = [
  'anthropic',
  'openai',
  'chatgpt',
  'claude',
  'gemini',
  'google',
  'microsoft',
  'github',
  'gitlab',
  'amazon',
  'docker',
  'kubernetes',
  'terraform',
  'hashicorp',
  'cloudflare',
  'vercel',
  'netlify',
  'supabase',
  'stripe',
  'paypal',
  'coinbase',
  'metamask',
  'huggingface',
  'nvidia',
  'playwright',
  'postgres',
  'mongodb',
  'atlassian',
  'salesforce',
  'telegram',
  'discord',
  'whatsapp',
  'dropbox',
  'shopify',
  'figma',
  'polymarket',
];

/** Packages that are asked for most, on PyPI and on npm. */
const PACKAGES: ReadonlySet<string> = new Set([
  'requests',
  'numpy',
  'pandas',
  'urllib3',
  'certifi',
  'setuptools',
  'cryptography',
  'python-dateutil',
  'pyyaml',
  'pydantic',
  'pillow',
  'matplotlib',
  'scipy',
  'beautifulsoup4',
  'openpyxl',
  'pypdf',
  'pdfplumber',
  'reportlab',
  'lxml',
  'flask',
  'django',
  'fastapi',
  'uvicorn',
  'sqlalchemy',
  'pytest',
  'selenium',
  'playwright',
  'tensorflow',
  'transformers',
  'scikit-learn',
  'openai',
  'anthropic',
  'langchain',
  'boto3',
  'botocore',
  'paramiko',
  'colorama',
  'tqdm',
  'httpx',
  'aiohttp',
  'jinja2',
  'python-docx',
  'python-pptx',
  'opencv-python',
  'lodash',
  'express',
  'react',
  'react-dom',
  'axios',
  'chalk',
  'commander',
  'typescript',
  'webpack',
  'eslint',
  'prettier',
  'dotenv',
  'moment',
  'cross-env',
  'node-fetch',
  'puppeteer',
  'jsonwebtoken',
  'mongoose',
  'nodemailer',
  'socket.io',
  'vite',
  'vitest',
  'next',
  'tailwindcss',
  'ethers',
  'web3',
  'discord.js',
  'electron',
  'pdf-lib',
  'docx',
  'pptxgenjs',
  'sharp',
  'esbuild',
  'rollup',
]);

/** Whether one letter was added, left out, replaced, or exchanged with the next one. */
export function isOneLetterAway(name: string, known: string): boolean {
  if (name === known || Math.abs(name.length - known.length) > 1) return false;
  let start = 0;
  while (start < name.length && name[start] === known[start]) start++;
  const [a, b] = [name.slice(start), known.slice(start)];
  if (a.length === b.length)
    return (
      a.slice(1) === b.slice(1) || (a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2))
    );
  return a.length > b.length ? a.slice(1) === b : a === b.slice(1);
}

/** Digits and signs in the place of letters. */
function unmasked(name: string): string {
  return name
    .replaceAll('0', 'o')
    .replaceAll('1', 'l')
    .replaceAll('3', 'e')
    .replaceAll('5', 's')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w');
}

/** Shorter names are one letter away from too many words. */
const SHORTEST = 6;

function meantMaker(name: string): string | undefined {
  const parts = name.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  for (const part of parts) {
    const meant = MAKERS.find(
      (maker) =>
        part !== maker &&
        ((maker.length >= SHORTEST && part.length >= SHORTEST && isOneLetterAway(part, maker)) ||
          unmasked(part) === unmasked(maker)),
    );
    if (meant !== undefined && !MAKERS.includes(part)) return meant;
  }
  return undefined;
}

const OFFICIAL = new RegExp(
  `\\bofficial(?:ly)?\\b[^.\\n]{0,60}\\b(?:${MAKERS.join('|')})\\b|\\b(?:${MAKERS.join('|')})\\b[^.\\n]{0,30}\\bofficial\\b|\\b(?:made|built|maintained|published|endorsed|verified|certified) by (?:the )?(?:${MAKERS.join('|')})\\b`,
  'i',
);

function doubtsOf(name: string, description: string): readonly string[] {
  const doubts: string[] = [];
  const meant = meantMaker(name);
  if (meant !== undefined) doubts.push(`${quoted(name)} is nearly ${meant}`);
  if (isMisleading(name))
    doubts.push(`${quoted(name)} is not spelled in the letters that it looks like`);
  if (/(?:^|[-_])official(?:$|[-_])/i.test(name))
    doubts.push(`${quoted(name)} calls itself official`);
  const claim = OFFICIAL.exec(description);
  if (claim !== null) doubts.push(`the description claims: ${quoted(claim[0], 120)}`);
  return doubts;
}

/** SUP-01: a skill whose name or description passes it off as somebody else's. */
export function* impostors(part: ScanPart): Generator<Spotted> {
  if (!/(?:^|\/)skill\.md$/i.test(part.name)) return;
  const read = readFrontmatter(part.bytes);
  if (!read.ok) return;
  const fields = new Map(read.entries);
  const textOf = (key: string): string => {
    const value = fields.get(key);
    return value?.kind === 'text' ? value.text : '';
  };
  const length = Math.max(0, part.characters().indexOf('\n---', 3));
  for (const doubt of doubtsOf(textOf('name').trim(), textOf('description')))
    yield spotted('SUP-01', { index: 0, length }, doubt);
}

const INSTALLED =
  /\b(?:pip3?|uv(?:[ \t]+pip)?|poetry|npm|pnpm|yarn|bun)[ \t]+(?:install|add|i)[ \t]+([^\n|;&`]{1,300})/g;

/** SUP-01: packages whose names are one letter away from known ones. */
export function* packageImpostors(part: ScanPart): Generator<Spotted> {
  for (const place of placesOf(part, INSTALLED)) {
    const names = place.group.split(/\s+/).map((word) =>
      word
        .replace(/^["']|["']$/g, '')
        .replace(/(?<=.)(?:@|[=<>~![]).*$/, '')
        .toLowerCase(),
    );
    for (const name of names) {
      if (name.length < SHORTEST || PACKAGES.has(name) || !/^[a-z][a-z0-9._-]+$/.test(name))
        continue;
      const meant = [...PACKAGES].find(
        (known) => known.length >= SHORTEST && isOneLetterAway(name, known),
      );
      if (meant !== undefined)
        yield spotted('SUP-01', place, `the package ${quoted(name)} is nearly ${meant}`, 'high');
    }
  }
}
