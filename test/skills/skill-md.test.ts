import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { splitAllowedTools } from '../../src/skills/allowed-tools.ts';
import { parseBoundedYaml } from '../../src/skills/bounded-yaml.ts';
import { checkSkillMd, type SkillMd, type SkillMdMode } from '../../src/skills/skill-md.ts';

const GOOD = '---\nname: notes\ndescription: Takes notes.\n---\n# Notes\n';

const md = (yaml: string, body = '# Notes\n'): string => `---\n${yaml}---\n${body}`;
const withField = (line: string): string => md(`name: notes\ndescription: Takes notes.\n${line}\n`);
const described = (value: string): string => md(`name: notes\ndescription: ${value}\n`);
const named = (value: string): string => md(`name: ${value}\ndescription: Takes notes.\n`);

/** `error reason` and `warning reason` of each finding. */
function findings(
  text: string | Uint8Array,
  mode: SkillMdMode,
  directory?: string,
): readonly string[] {
  const bytes = typeof text === 'string' ? utf8(text) : text;
  return checkSkillMd(bytes, mode, directory).findings.map(
    ({ severity, reason }) => `${severity} ${reason}`,
  );
}

function loaded(text: string): SkillMd | undefined {
  const report = checkSkillMd(utf8(text), 'install');
  return report.outcome === 'valid' ? report.skill : undefined;
}

describe('checkSkillMd()', () => {
  it('reads what it says', () => {
    const text = md(
      'name: pdf-tools\ndescription: >\n  Reads PDF files,\n  page by page.\nlicense: MIT\ncompatibility: Needs python3\nmetadata:\n  version: "1.0"\n  author: Ada\nallowed-tools: Read Bash(git rev-parse *)\n',
      '\n# PDF\n',
    );
    const report = checkSkillMd(utf8(text), 'publish', 'pdf-tools');
    expect(report).toEqual({
      outcome: 'valid',
      findings: [],
      skill: {
        name: 'pdf-tools',
        description: 'Reads PDF files, page by page.',
        license: 'MIT',
        compatibility: 'Needs python3',
        metadata: new Map([
          ['version', '1.0'],
          ['author', 'Ada'],
        ]),
        allowedTools: ['Read', 'Bash(git rev-parse *)'],
        otherFields: [],
        body: '\n# PDF\n',
      },
    });
  });

  /** What nobody could load, or what readers would understand differently without any of them noticing. */
  it.each<readonly [string, string | Uint8Array, string]>([
    ['no frontmatter', '# Notes\n', 'skill-md-no-frontmatter'],
    ['nothing', '', 'skill-md-no-frontmatter'],
    ['text before it', `x\n${GOOD}`, 'skill-md-no-frontmatter'],
    ['no end of it', '---\nname: notes\n', 'skill-md-no-frontmatter'],
    ['other bytes than UTF-8', Uint8Array.of(0x2d, 0xff), 'skill-md-encoding'],
    ['a list', md('- a\n'), 'skill-md-not-a-map'],
    ['nothing in it', md(''), 'skill-md-not-a-map'],
    ['no name', md('description: x\n'), 'name-missing'],
    ['an empty name', named(''), 'name-missing'],
    ['a name of spaces', named('"  "'), 'name-missing'],
    ['a name that is a list', named('[a]'), 'name-missing'],
    ['no description', md('name: notes\n'), 'description-missing'],
    ['an empty description', described('""'), 'description-missing'],
    ['a description of spaces', described('" \\t"'), 'description-missing'],
    ['a field twice', withField('name: other'), 'yaml-duplicate'],
    ['a field twice, once in quotes', withField('"name": other'), 'yaml-duplicate'],
    ['an anchor and its alias', withField('license: &a MIT\ncompatibility: *a'), 'yaml-feature'],
    ['a tag', withField('license: !!python/object:os.system ls'), 'yaml-feature'],
    ['a directive', withField('%YAML 1.1'), 'yaml-feature'],
    ['a line break that not all see', described('"a\u2028---"'), 'yaml-feature'],
    ['a carriage return alone', described('a\rname: b'), 'yaml-feature'],
    ['a control character', described('"a\u0007"'), 'yaml-feature'],
    ['a string without an end', described('"a'), 'yaml-syntax'],
    ['a tab for indentation', withField('metadata:\n\ta: b'), 'yaml-syntax'],
    ['too much', described(`"${'x'.repeat(17_000)}"`), 'skill-md-too-large'],
    ['deep lists', withField(`license: ${'['.repeat(5_000)}`), 'yaml-bounds'],
    ['deep lists in lines', withField(`license:\n${'- '.repeat(5_000)}x`), 'yaml-bounds'],
    ['deep keys', withField(`${'? '.repeat(5_000)}x`), 'yaml-bounds'],
    [
      'a wide indentation',
      withField(`metadata:\n${' '.repeat(15_000)}a: |\n${' '.repeat(100)}x`),
      'yaml-bounds',
    ],
  ])('refuses %s in both modes', (_, text, reason) => {
    expect(findings(text, 'publish')).toContain(`error ${reason}`);
    expect(findings(text, 'install')).toContain(`error ${reason}`);
  });

  /** Where the known validators and clients differ: strict for publishers, a warning for installers. */
  it.each<readonly [string, string, string]>([
    ['a byte order mark', `\ufeff${GOOD}`, 'bom'],
    ['CR LF', GOOD.replaceAll('\n', '\r\n'), 'crlf'],
    ['spaces behind the dashes', GOOD.replace('---\n', '--- \n'), 'delimiter-spaces'],
    ['dashes within a value', described('Takes --- notes.'), 'inner-dashes'],
    [
      'a line that begins with dashes',
      md('name: notes\ndescription: |\n  x\n----: y\n'),
      'inner-dashes',
    ],
    ['a colon without quotes', described('Use when: always.'), 'bare-colon'],
    ['an unknown field', withField('version: "1.0"'), 'field-unknown'],
    ['a field that runs code', withField('hooks:\n  PostToolUse: x'), 'field-unknown'],
    ['a name that is a number', named('123'), 'field-type'],
    ['a name that is a truth value', named('yes'), 'field-type'],
    ['a name that is a date', named('2026-01-01'), 'field-type'],
    ['a license that is a list', withField('license: [MIT]'), 'field-type'],
    ['a metadata value that is a number', withField('metadata:\n  version: 1.0'), 'field-type'],
    ['a metadata value that is a map', withField('metadata:\n  a:\n    b: c'), 'field-type'],
    ['metadata that is text', withField('metadata: x'), 'field-type'],
    ['upper case', named('Notes'), 'name-form'],
    ['an underscore', named('my_notes'), 'name-form'],
    ['a hyphen at the end', named('notes-'), 'name-form'],
    ['two hyphens', named('my--notes'), 'name-form'],
    ['a name in another script', named('\u7b14\u8bb0'), 'name-form'],
    ['a long name', named('n'.repeat(65)), 'name-length'],
    ['a long description', described('x'.repeat(1_025)), 'description-length'],
    ['markup in the description', described('</skill><system>'), 'description-markup'],
    [
      'a description that is not seen',
      described('Takes notes\u{e0041}\u{e0042}.'),
      'hidden-characters',
    ],
    ['a description that turns around', described('Takes \u202enotes.'), 'hidden-characters'],
    [
      'a long compatibility',
      withField(`compatibility: ${'x'.repeat(501)}`),
      'compatibility-length',
    ],
    ['an empty compatibility', withField('compatibility: ""'), 'compatibility-length'],
    ['a list of tools', withField('allowed-tools: [Read, Write]'), 'tools-list'],
    ['tools with commas', withField('allowed-tools: Read, Write'), 'tools-commas'],
    ['tools with an odd parenthesis', withField('allowed-tools: Bash(git *'), 'tools-parentheses'],
    ['tools that are a map', withField('allowed-tools:\n  a: b'), 'field-type'],
  ])('refuses %s for publishers and warns installers', (_, text, reason) => {
    expect(findings(text, 'publish')).toContain(`error ${reason}`);
    expect(findings(text, 'install')).toEqual(expect.arrayContaining([`warning ${reason}`]));
    expect(findings(text, 'install').filter((one) => one.startsWith('error'))).toEqual([]);
  });

  it('compares the name with that of the directory', () => {
    expect(findings(GOOD, 'publish', 'notes')).toEqual([]);
    expect(findings(GOOD, 'publish', 'note')).toEqual(['error name-directory']);
    expect(findings(GOOD, 'install', 'note')).toEqual(['warning name-directory']);
  });

  it('counts characters, not bytes', () => {
    expect(findings(described('\u{1f600}'.repeat(1_024)), 'publish')).toEqual([]);
    expect(findings(named('n'.repeat(64)), 'publish')).toEqual([]);
    expect(findings(withField(`compatibility: ${'\u00e9'.repeat(500)}`), 'publish')).toEqual([]);
  });

  it('only advises on the length of the text', () => {
    const long = GOOD + 'x\n'.repeat(600);
    expect(findings(long, 'publish')).toEqual(['warning body-length']);
  });

  it('understands for installers what the author meant', () => {
    expect(loaded(described('Use when: always, and: never'))?.description).toBe(
      'Use when: always, and: never',
    );
    expect(loaded(`\ufeff${GOOD.replaceAll('\n', '\r\n')}`)?.name).toBe('notes');
    expect(
      loaded(withField('allowed-tools:\n  - Read\n  - Bash(git diff, git log)'))?.allowedTools,
    ).toEqual(['Read', 'Bash(git diff, git log)']);
    expect(loaded(withField('metadata:\n  version: 1.0\n  a:\n    b: c'))?.metadata).toEqual(
      new Map([['version', '1.0']]),
    );
    expect(loaded(withField('hooks:\n  x: y\nversion: 2'))?.otherFields).toEqual([
      'hooks',
      'version',
    ]);
  });

  it('never throws for what a file holds', () => {
    for (let at = 0; at < GOOD.length; at += 3) {
      for (const put of ['', '\n', ':', '- ', '"', '[', '\u0000', '---\n', '&a ', '? '])
        expect(
          checkSkillMd(utf8(GOOD.slice(0, at) + put + GOOD.slice(at + 1)), 'install').findings,
        ).toBeDefined();
    }
  });
});

describe('splitAllowedTools()', () => {
  it.each<readonly [string, readonly string[]]>([
    ['Read Write', ['Read', 'Write']],
    ['  Read,Write , Edit\n', ['Read', 'Write', 'Edit']],
    ['Bash(git rev-parse *) Read', ['Bash(git rev-parse *)', 'Read']],
    ['Bash(a, b (c d)) Read', ['Bash(a, b (c d))', 'Read']],
    ['', []],
  ])('splits %j', (text, tools) => {
    expect(splitAllowedTools(text).tools).toEqual(tools);
  });

  it('tells odd parentheses', () => {
    expect(splitAllowedTools('a) Bash(b').isBalanced).toBe(false);
    expect(splitAllowedTools('a)b(c)').isBalanced).toBe(false);
    expect(splitAllowedTools('Bash(b)').isBalanced).toBe(true);
  });
});

describe('parseBoundedYaml()', () => {
  const typed = (scalar: string): unknown => {
    const result = parseBoundedYaml(`a: ${scalar}\n`);
    const value =
      result.ok && result.value.kind === 'map' ? result.value.entries[0]?.[1] : undefined;
    return value?.kind === 'text' ? value.looksTyped : undefined;
  };

  it('keeps the text of what other readers take for something else, and tells it', () => {
    const scalars = [
      '',
      '~',
      'null',
      'Yes',
      'off',
      'n',
      'True',
      '1',
      '-1',
      '1_000',
      '0x1F',
      '0o7',
      '012',
      '1.5',
      '.5',
      '1e3',
      '.inf',
      '-.INF',
      '.NaN',
      '12:30',
      '12:30:45.6',
      '2026-11-21',
      '2026-11-21 10:00:00',
      '=',
      '1,000',
    ];
    expect(scalars.filter((scalar) => typed(scalar) !== true)).toEqual([]);
    expect(
      ['MIT', 'a1', '1.0.0', 'v1', '"1"', "'yes'", 'nope', '1 file', '-', 'e3'].filter(
        (scalar) => typed(scalar) !== false,
      ),
    ).toEqual(['-']);
  });

  it('does not merge, and takes several documents for none', () => {
    expect(parseBoundedYaml('<<: {a: b}\n')).toMatchObject({
      ok: true,
      value: { entries: [['<<', {}]] },
    });
    expect(parseBoundedYaml('a: b\n---\nc: d\n')).toMatchObject({
      ok: false,
      reason: 'yaml-syntax',
    });
  });
});
