import {copyFile, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {runCli} from './run-cli.ts';

let folder: string;
let card: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-contacts-'));
  const key = join(folder, 'eve.key');
  card = join(folder, 'eve.card');
  await runCli(['keys', 'new', key, '--kind', 'session']);
  expect((await runCli(['contact', 'show', '--key', key, '--out', card])).code).toBe(0);
});
afterAll(() => rm(folder, {recursive: true, force: true}));

const listIn = async (book: string) => {
  const {code, stdout, stderr} = await runCli(['contact', 'list', '--contacts', book, '--json']);
  expect(code).toBe(0);
  const rows = JSON.parse(stdout) as readonly {readonly name: string}[];
  return {names: rows.map(({name}) => name), warnings: stderr.split('\n').slice(0, -1)};
};

describe('names of contacts', () => {
  it('are of any script, é one character however it was typed', async () => {
    const book = join(folder, 'book');
    const add = (name: string) => runCli(['contact', 'add', name, card, '--contacts', book]);
    for (const name of ['मीरा', 'Rene\u0301', "O'Brien", 'O’Neill']) {
      expect((await add(name)).code, name).toBe(0);
    }
    expect((await add('Ren\u00e9')).stderr).toContain('FILE_EXISTS');
    for (const name of ['Eve ', ' Eve', 'a..b', '../up', '', '\u0301e']) {
      const {code, stderr} = await add(name);
      expect(code, name).toBe(2);
      expect(stderr).toContain("is no contact's name");
    }
    const {names, warnings} = await listIn(book);
    expect(names).toEqual(["O'Brien", 'O’Neill', 'Ren\u00e9', 'मीरा']);
    expect(warnings).toEqual([]);
  });
});

describe('contact list', () => {
  it('shows the good cards, and a line for each other one', async () => {
    const book = join(folder, 'mixed');
    await mkdir(join(book, 'dir.card'), {recursive: true});
    await copyFile(card, join(book, 'Eve.card'));
    await copyFile(card, join(book, 'a..b.card'));
    await writeFile(join(book, 'bad.card'), 'no card');
    const {names, warnings} = await listIn(book);
    expect(names).toEqual(['Eve']);
    expect(warnings).toEqual([
      expect.stringMatching(/^left out .*\/a\.\.b\.card: .* is no contact's name/),
      expect.stringMatching(/^left out .*\/bad\.card: .*FILE_MALFORMED/),
      expect.stringMatching(/^left out .*\/dir\.card: .*FILE_UNREADABLE/),
    ]);
  });
});
