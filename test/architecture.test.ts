import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {ALLOWED} from './architecture/allowed.ts';
import {checkFiles, LONGER_FILES} from './architecture/check-files.ts';
import {checkImports} from './architecture/check-imports.ts';
import {checkHiddenLoaders, checkPurity} from './architecture/check-purity.ts';
import {checkCycles, loadedBy, packagesLoadedBy} from './architecture/import-graph.ts';
import {createParser, type Parser} from './architecture/parse.ts';
import type {ParsedSource} from './architecture/parsed-source.ts';
import {folderOf} from './architecture/resolve-import.ts';
import {CHECKOUT, plant, readSources, type Sources} from './architecture/sources.ts';
import {unusedPermissions} from './architecture/unused-permissions.ts';
import {formatViolation} from './architecture/violation.ts';

const CHECKS = [checkImports, checkPurity, checkHiddenLoaders, checkCycles, checkFiles];
const MAIN = 'src/cli/main.ts';

function violations(parsed: readonly ParsedSource[]): string[] {
  return CHECKS.flatMap((check) => check(parsed)).map(formatViolation);
}

let parser: Parser;
let sources: Sources;
let parsed: readonly ParsedSource[];

beforeAll(async () => {
  sources = await readSources();
  parser = createParser();
  parsed = parser.parse(sources);
});
afterAll(() => parser.close());

describe('the house', () => {
  it('has files in every folder of the table that others build on', () => {
    const folders = new Set(parsed.map(({path}) => folderOf(path)));
    for (const folder of ['protocol', 'crypto', 'swarm', 'vm']) expect(folders).toContain(folder);
  });

  it('keeps its rules: arrows, purity, loaders, cycles, sizes', () => {
    expect(violations(parsed)).toEqual([]);
  });

  it('exempts only files that are longer', () => {
    const lengths = new Map(parsed.map(({path, lines}) => [path, lines]));
    for (const path of Object.keys(LONGER_FILES)) expect(lengths.get(path)).toBeGreaterThan(300);
  });

  it('loads no role, store or overlay before it knows which role it has', () => {
    const folders = new Set(loadedBy(parsed, MAIN).map(({path}) => folderOf(path)));
    expect(folders).toContain('cli');
    for (const role of ['plugin', 'daemon', 'devnet', 'vm', 'network']) {
      expect(folders).not.toContain(role);
    }
    expect([...packagesLoadedBy(parsed, MAIN)]).toEqual([]);
  });

  it('loads neither libp2p nor LevelDB with any file of the plugin', () => {
    const files = parsed.filter(({path}) => folderOf(path) === 'plugin');
    const packages = new Set(files.flatMap(({path}) => [...packagesLoadedBy(parsed, path)]));
    const strangers = [...packages].filter((name) => /libp2p|level/.test(name));
    expect(files.length).toBeGreaterThan(0);
    expect(strangers).toEqual([]);
  });
});

describe('the table', () => {
  it('names the packages that package.json pins, and only those; each has a line in ARCHITECTURE.md', async () => {
    const manifest = JSON.parse(await readFile(join(CHECKOUT, 'package.json'), 'utf8'));
    const architecture = await readFile(join(CHECKOUT, 'ARCHITECTURE.md'), 'utf8');
    const pinned = Object.keys(manifest.dependencies);
    const named = Object.values(ALLOWED).flatMap(({npm}) => npm);
    // Both ways: a package that no folder may import is not needed.
    expect([...new Set(named)].sort()).toEqual(pinned.sort());
    const all = [
      manifest.dependencies,
      manifest.devDependencies,
      manifest.optionalDependencies,
    ].flatMap((group: Record<string, string>) => Object.entries(group));
    const missing = all.filter(([name, version]) => {
      return !architecture.includes(`| \`${name}\` ${version} |`);
    });
    expect(missing).toEqual([]);
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('permits nothing that nobody uses', () => {
    expect(unusedPermissions(parsed, ALLOWED)).toEqual([]);
  });

  it('is drawn in ARCHITECTURE.md as it is enforced', async () => {
    const architecture = await readFile(join(CHECKOUT, 'ARCHITECTURE.md'), 'utf8');
    for (const [folder, {folders}] of Object.entries(ALLOWED)) {
      const row = architecture.split('\n').find((line) => line.startsWith(`| \`${folder}\` |`));
      const cell = row?.split('|').at(4) ?? '';
      const words = [...cell.matchAll(/`([a-z]+)`/g)].map(([, word]) => word);
      expect([folder, words.sort()]).toEqual([folder, [...folders].sort()]);
    }
  });
});

describe('the checker', () => {
  const PLANTED = 'src/vm/planted.ts';
  const cases: readonly (readonly [string, Record<string, string>, string])[] = [
    [
      'a clock',
      {[PLANTED]: 'export const now = () => Date.now();'},
      'pure: src/vm/planted.ts:1 Date',
    ],
    ['a monotonic clock', {[PLANTED]: 'export const t = performance.now();'}, 'performance: clock'],
    ['a clock by another name', {[PLANTED]: 'const {Date: D} = globalThis;'}, 'globalThis: a way'],
    ['randomness', {[PLANTED]: 'export const r = Math.random();'}, 'Math.random: randomness'],
    ['hidden randomness', {[PLANTED]: 'const {random} = Math;'}, 'Math.…: randomness'],
    ['Web Crypto', {[PLANTED]: 'crypto.getRandomValues(x);'}, 'crypto: randomness'],
    ['a promise', {[PLANTED]: 'export type P = Promise<void>;'}, 'Promise: promise'],
    ['an async function', {[PLANTED]: 'export const f = async () => 1;'}, 'async or await'],
    ['a timer', {[PLANTED]: 'setTimeout(() => 1, 5);'}, 'setTimeout: timer'],
    ['a log', {[PLANTED]: 'console.log(1);'}, 'console: input or output'],
    ['the process', {[PLANTED]: 'export const e = process.env;'}, 'process: input or output'],
    ['a request', {[PLANTED]: "fetch('http://localhost');"}, 'fetch: input or output'],
    ['a locale', {[PLANTED]: "export const c = 'a'.localeCompare('b');"}, '.localeCompare'],
    [
      'an npm import',
      {[PLANTED]: "import {sha256} from '@noble/hashes/sha2.js';"},
      '@noble/hashes',
    ],
    ['an import of Node', {[PLANTED]: "import {hash} from 'node:crypto';"}, 'node:crypto'],
    ['one without node:', {[PLANTED]: "import fs from 'fs';"}, "vm may not import 'fs'"],
    ['a wrong arrow', {[PLANTED]: "import {a} from '../plugin/errors.ts';"}, '../plugin/errors.ts'],
    ['a wrong type arrow', {[PLANTED]: "import type {A} from '../daemon/a.ts';"}, '../daemon/a.ts'],
    ['a wrong inline type', {[PLANTED]: "type A = import('../cli/run.ts').A;"}, '../cli/run.ts'],
    ['a type of the store', {[PLANTED]: "import type {A} from '../storage/kv.ts';"}, 'storage/kv'],
    ['a re-export', {[PLANTED]: "export const a = 1;\nexport {b} from 'level';"}, "'level'"],
    ['a late import', {'src/protocol/late.ts': "const a = await import('level');"}, "'level'"],
    ['an unknown import', {'src/cli/late.ts': 'const a = await import(name);'}, 'no plain string'],
    [
      'a hidden loader',
      {'src/cli/late.ts': "module.createRequire(x)('level');"},
      'hides an import',
    ],
    ['npm in protocol', {'src/protocol/a.ts': "import 'hash-wasm';"}, 'protocol may not import'],
    ['plugin and daemon', {'src/plugin/a.ts': "import '../daemon/ports.ts';"}, 'plugin may not'],
    ['outside of src', {'src/client/a.ts': "import '../../test/a.ts';"}, 'client may not import'],
    ['an unknown folder', {'src/misc/a.ts': 'export const a = 1;'}, 'in no folder of the table'],
    ['a file beside the folders', {'src/a.ts': 'export const a = 1;'}, 'in no folder of the table'],
    ['a barrel', {'src/swarm/all.ts': "export * from './placement.ts';"}, 'is a barrel'],
    ['an index', {'src/swarm/index.ts': 'export const a = 1;'}, 'is a barrel'],
    ['a long file', {'src/swarm/long.ts': 'export {};\n'.repeat(301)}, 'has 301 lines'],
    ['a name', {'src/swarm/LongName.ts': 'export const a = 1;'}, 'kebab-case'],
    [
      'a cycle',
      {
        'src/swarm/a.ts': "import type {B} from './b.ts';\nexport type A = B;",
        'src/swarm/b.ts': "import type {A} from './a.ts';\nexport type B = A;",
      },
      'cycle: src/swarm/a.ts:1 src/swarm/a.ts → src/swarm/b.ts → src/swarm/a.ts',
    ],
  ];

  it.each(cases)('goes red for %s', (_name, files, expected) => {
    const found = violations(parser.parse(plant(new Map(), files)));
    expect(found.join('\n')).toContain(expected);
  });

  it('goes red for a fault among all the other files', () => {
    const fault = plant(sources, {[PLANTED]: 'export const now = Date.now();'});
    const before = violations(parsed);
    const added = violations(parser.parse(fault)).filter((line) => !before.includes(line));
    expect(added).toEqual(['pure: src/vm/planted.ts:1 Date: clock']);
  });

  it('goes red for LevelDB that the plugin would load by a detour', () => {
    const files = {
      'src/plugin/a.ts': "import {b} from '../storage/b.ts';",
      'src/storage/b.ts': "import {Level} from 'level';\nexport const b = Level;",
    };
    const found = parser.parse(plant(new Map(), files));
    expect([...packagesLoadedBy(found, 'src/plugin/a.ts')]).toEqual(['level']);
  });

  it('goes red for permissions that nobody uses', () => {
    const used = "import 'level';\nimport {a} from '../protocol/a.ts';";
    const table = {
      swarm: {folders: ['protocol', 'crypto'], npm: [], node: []},
      storage: {folders: ['protocol'], npm: ['level'], node: ['fs']},
    };
    const planted = parser.parse(plant(new Map(), {'src/storage/b.ts': used}));
    const unused = ['swarm: folder protocol', 'swarm: folder crypto', 'storage: node fs'];
    expect(unusedPermissions(planted, table)).toEqual(unused);
  });

  it('is not fooled by words in comments, strings, templates, patterns and keys', () => {
    const innocent = [
      "// import {a} from 'level'; Date.now(); await Promise.race([]);",
      '/* process.exit(1) */ export const text = \'import x from "level"; setTimeout()\';',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the planted file holds the template
      "export const template = `console.log(${text}) import('level')`;",
      'export const pattern = /Date.now|fetch\\(/;',
      'export type Facts = {Date: string; process: number};',
      "export const facts = {Date: 'x', process: 1}.process;",
      'export const low = Math.min(1, 2);',
    ].join('\n');
    expect(violations(parser.parse(plant(new Map(), {[PLANTED]: innocent})))).toEqual([]);
  });
});
