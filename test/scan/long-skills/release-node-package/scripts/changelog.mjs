#!/usr/bin/env node
// Prints a section of a changelog from the commits since the last tag.
import { execFileSync } from 'node:child_process';

const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim();

const last = git('describe', '--tags', '--abbrev=0');
const lines = git('log', '--pretty=format:%s', `${last}..HEAD`).split('\n').filter(Boolean);

const sections = { Added: [], Fixed: [], Changed: [] };
for (const line of lines) {
  if (/^(?:feat|add)/i.test(line)) sections.Added.push(line);
  else if (/^fix/i.test(line)) sections.Fixed.push(line);
  else sections.Changed.push(line);
}
for (const [name, entries] of Object.entries(sections)) {
  if (entries.length === 0) continue;
  console.log(`### ${name}\n`);
  for (const entry of entries) console.log(`- ${entry.replace(/^\w+(?:\([^)]*\))?!?:\s*/, '')}`);
  console.log('');
}
