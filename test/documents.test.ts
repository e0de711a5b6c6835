import {execFile} from 'node:child_process';
import {existsSync, globSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {describe, expect, it} from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'SPEC.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
];

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replace(/ /g, '-');

function anchorsOf(file: string): readonly string[] {
  return [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading ?? ''));
}

/** Codes of the unions `XErrorCode` in src/, with the file that declares each. */
function errorCodes(): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  for (const file of globSync('src/**/*.ts', {cwd: ROOT})) {
    const source = read(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    const unions = /type \w*ErrorCode =([^;]+);|extends SessionError<('[^>]+')>/g;
    for (const [, union, inline] of source.matchAll(unions)) {
      for (const [, code] of (union ?? inline ?? '').matchAll(/'([A-Z][A-Z0-9_]+)'/g)) {
        found.push([code ?? '', file]);
      }
    }
  }
  return found;
}

/** Codes that a text names; a list may shorten: `A_ONE`, `_TWO` names A_ONE and A_TWO. */
function namedCodes(text: string): ReadonlySet<string> {
  const named = new Set<string>();
  for (const [list] of text.matchAll(/`[A-Z][A-Z0-9_]+`(?:, `_[A-Z0-9_]+`)*/g)) {
    const [first = '', ...rest] = [...list.matchAll(/`([A-Z0-9_]+)`/g)].map(
      ([, code]) => code ?? '',
    );
    named.add(first);
    const words = first.split('_');
    for (const suffix of rest) {
      for (let i = 1; i < words.length; i++) named.add(words.slice(0, i).join('_') + suffix);
    }
  }
  for (const [, code] of text.matchAll(/^\| (API_[A-Z_]+) \|/gm)) named.add(code ?? '');
  return named;
}

describe('the documents', () => {
  it.each(DOCUMENTS)('%s has no dead link', (file) => {
    const links = [...read(file).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];
    for (const [, path = '', anchor] of links) {
      const target = path === '' ? file : path;
      expect(existsSync(join(ROOT, target)), `${file} → ${target}`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(target), `${file} → ${target}`).toContain(anchor);
    }
    expect(read(file).length).toBeGreaterThan(200);
  });

  it.each(['README.md', 'ARCHITECTURE.md', 'SPEC.md'])(
    '%s lists its sections at its top',
    (file) => {
      const text = read(file);
      const list = /^(?:Sections|Chapters): [\s\S]*?\n\n/m.exec(text)?.[0] ?? '';
      const listed = [...list.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
      const sections = [...text.matchAll(/^## (.+)$/gm)].map(([, title]) => anchorOf(title ?? ''));
      expect(sections.length).toBeGreaterThan(5);
      expect(listed).toEqual(sections);
    },
  );

  it('SPEC.md lists every error code that exists', () => {
    const codes = errorCodes();
    expect(codes.length).toBeGreaterThan(60);
    const named = namedCodes(read('SPEC.md'));
    const missing = codes.filter(([code]) => !named.has(code));
    expect(missing).toEqual([]);
  });

  it('SPEC.md names every field of the API results', () => {
    const names = new Set<string>();
    const collect = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      const {properties} = value as {properties?: object};
      for (const name of Object.keys(properties ?? {})) names.add(name);
      for (const part of Object.values(value)) collect(part);
    };
    const {methods, components} = JSON.parse(read('docs/openrpc.json')) as {
      methods: readonly {readonly name: string; readonly result: object}[];
      components: {readonly schemas: object};
    };
    collect([methods.map(({result}) => result), components.schemas]);
    expect(names.size).toBeGreaterThan(100);
    const spec = read('SPEC.md');
    const section = spec.slice(spec.indexOf('### 10.4 '), spec.indexOf('## 11. '));
    const words = new Set(section.match(/\w+/g));
    expect([...names].filter((name) => !words.has(name))).toEqual([]);
    for (const {name} of methods) {
      const method = name.replace('session.', '');
      expect(spec, name).toMatch(new RegExp(`^\\| ${method} \\||\`${method}\``, 'm'));
    }
  });

  it('SPEC.md names every setting and metric of the plugin', () => {
    const spec = read('SPEC.md');
    const settings = /const DEFAULTS: OperatorConfig = \{([^}]+)\}/.exec(
      read('src/plugin/operator-config.ts'),
    )?.[1];
    const named = [...(settings ?? '').matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name ?? '');
    expect(named.length).toBeGreaterThan(4);
    for (const name of named) expect(spec, name).toContain(`| \`${name}\` |`);
    const metrics = globSync('src/plugin/**/*.ts', {cwd: ROOT}).flatMap((file) =>
      [...read(file).matchAll(/'((?:session|process)_[a-z_]+)'/g)].map(([, name]) => name ?? ''),
    );
    expect(metrics.length).toBeGreaterThan(20);
    for (const name of metrics) expect(spec).toContain(`\`${name}\``);
  });

  it('ARCHITECTURE names only files that exist', () => {
    const files = globSync('{src,test,scripts}/**/*', {cwd: ROOT});
    const named = [...read('ARCHITECTURE.md').matchAll(/`([\w./-]+\.ts)`/g)].map(
      ([, at]) => at ?? '',
    );
    expect(named.length).toBeGreaterThan(80);
    const missing = named.filter((at) => !files.some((file) => `/${file}`.endsWith(`/${at}`)));
    expect(missing).toEqual([]);
  });

  it('README or CONTRIBUTING names every npm script', () => {
    const {scripts} = JSON.parse(read('package.json')) as {scripts: Record<string, string>};
    const text = read('README.md') + read('CONTRIBUTING.md');
    const named = new Set(
      [...text.matchAll(/npm (?:run )?([a-z][\w:]*)/g)].map(([, name]) => name),
    );
    expect(Object.keys(scripts).filter((name) => !named.has(name))).toEqual([]);
  });

  // One process for each command: a busy machine takes its time.
  it('README names only npm scripts and commands that exist', async () => {
    const {scripts} = JSON.parse(read('package.json')) as {scripts: Record<string, string>};
    const readme = read('README.md');
    const named = [...readme.matchAll(/npm run (?:--silent )?([a-z][\w:]*)/g)].map(
      ([, name]) => name ?? '',
    );
    expect(named.length).toBeGreaterThan(3);
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
    const commands = new Set(
      [...readme.matchAll(/(?:sessionvm --|^sessionvm|`sessionvm) ([a-z-]+)/gm)].map(
        ([, name]) => name ?? '',
      ),
    );
    expect(commands.size).toBeGreaterThan(3);
    const main = join(ROOT, 'src', 'cli', 'main.ts');
    commands.delete('help');
    for (const command of commands) {
      const {stdout} = await promisify(execFile)(process.execPath, [main, 'help', command]);
      expect(stdout, `help ${command}`).toMatch(/usage/i);
    }
  }, 180_000);
});
