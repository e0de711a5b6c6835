import {mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {decodeIdentity} from '../../src/crypto/identity.ts';
import {runCli} from './run-cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-keys-'));
});
afterAll(() => rm(folder, {recursive: true}));

describe('sessionvm keys', () => {
  it('makes a file that only its owner reads, and shows the same keys again', async () => {
    const file = join(folder, 'a.key');
    const made = await runCli(['keys', 'new', file, '--json']);
    expect(made.code).toBe(0);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const shown = await runCli(['keys', 'show', file, '--json']);
    expect(JSON.parse(shown.stdout)).toEqual(JSON.parse(made.stdout));
    expect(JSON.parse(made.stdout)).toMatchObject({
      kind: 'account',
      account: expect.stringMatching(/^0x[0-9a-f]{40}$/),
      publicKey: expect.stringMatching(/^0x[0-9a-f]{3904}$/),
    });
  });

  it('never replaces a file without --force', async () => {
    const file = join(folder, 'b.key');
    await writeFile(file, 'precious');
    const refused = await runCli(['keys', 'new', file]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('exists already');
    expect(await readFile(file, 'utf8')).toBe('precious');
    expect((await runCli(['keys', 'new', file, '--force'])).code).toBe(0);
    expect(await readFile(file, 'utf8')).not.toBe('precious');
    expect((await readdir(folder)).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  it('names a node on a chain, and an inbox', async () => {
    const chain = '11111111111111111111111111111111LpoYY';
    const node = join(folder, 'node.key');
    const made = await runCli(['keys', 'new', node, '--kind', 'node', '--chain', chain, '--json']);
    expect(JSON.parse(made.stdout).nodeId).toMatch(/^NodeID-/);
    const inbox = await runCli([
      'keys',
      'new',
      join(folder, 's.key'),
      '--kind',
      'session',
      '--json',
    ]);
    expect(JSON.parse(inbox.stdout).sessionId).toMatch(/^07[0-9a-f]{64}$/);
  });

  it('makes no key when it cannot say what was asked', async () => {
    const file = join(folder, 'unnamed.key');
    const refused = await runCli(['keys', 'new', file, '--kind', 'node', '--chain', 'foo!']);
    expect(refused).toMatchObject({code: 2, stdout: ''});
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  it('encrypts with a passphrase and opens with the same one only', async () => {
    const file = join(folder, 'c.key');
    const words = join(folder, 'words');
    await writeFile(words, 'correct horse\nignored');
    const made = await runCli(['keys', 'new', file, '--passphrase-file', words, '--json']);
    expect(made.code).toBe(0);
    const right = await runCli(['keys', 'show', file, '--json'], {
      SESSIONVM_PASSPHRASE: 'correct horse',
    });
    expect(JSON.parse(right.stdout)).toEqual(JSON.parse(made.stdout));
    const wrong = await runCli(['keys', 'show', file], {SESSIONVM_PASSPHRASE: 'wrong'});
    expect(wrong).toMatchObject({code: 1, stdout: ''});
    expect(wrong.stderr).toContain('wrong passphrase');
    const none = await runCli(['keys', 'show', file]);
    expect(none).toMatchObject({code: 1, stdout: ''});
    expect(none.stderr).toContain('--passphrase-file');
  });

  it.each([
    [new Uint8Array([0x70, 0xff, 0x0a]), 'is no text in UTF-8', 2],
    [Buffer.from('words\nthen \xff', 'latin1'), 'is no text in UTF-8', 2],
    [Buffer.from('\nwords\n'), 'the passphrase is empty', 2],
  ])('makes no key with a passphrase that is none: %s', async (bytes, text, code) => {
    const [file, words] = [join(folder, 'none.key'), join(folder, 'no-words')];
    await writeFile(words, bytes);
    const made = await runCli(['keys', 'new', file, '--passphrase-file', words]);
    expect(made).toMatchObject({code, stdout: '', stderr: expect.stringContaining(text)});
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  it.each(['account', 'node', 'session'])('prints no secret of a key of a %s', async (kind) => {
    const file = join(folder, `secret-${kind}.key`);
    const said: string[] = [];
    const run = async (...words: readonly string[]): Promise<void> => {
      const {stdout, stderr} = await runCli(words);
      said.push(stdout, stderr);
    };
    await run('keys', 'new', file, '--kind', kind);
    const identity = decodeIdentity(new Uint8Array(await readFile(file)));
    await run('keys', 'new', file);
    await run('keys', 'show', file);
    await run('keys', 'show', file, '--json');
    await run('inbox', '--key', file);
    await run('transfer', '0x00', '1', '--key', file, '--rpc', 'http://127.0.0.1:1');
    await writeFile(file, (await readFile(file)).subarray(0, -1));
    await run('keys', 'show', file);
    const seeds = Object.values(identity).filter((value) => value instanceof Uint8Array);
    expect(seeds.length).toBeGreaterThan(0);
    const all = said.join('\n').toLowerCase();
    expect(all.length).toBeGreaterThan(500);
    for (const seed of seeds) {
      // The first part of it, in any case and alphabet that a program would use.
      const part = Buffer.from(seed.subarray(0, 12));
      expect(all).not.toContain(part.toString('hex'));
      expect(all).not.toContain(part.toString('base64').toLowerCase());
      expect(all).not.toContain([...part].join(','));
    }
  });

  it('refuses what is no key file with one line', async () => {
    const file = join(folder, 'text');
    for (const content of ['', 'hello', 'sessionvm identity file ', Buffer.alloc(3_000_000)]) {
      await writeFile(file, content);
      const {code, stderr} = await runCli(['keys', 'show', file]);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^sessionvm: .*(: name another file, .*\[FILE_MALFORMED\]|\[FILE_UNREADABLE\])\n$/,
      );
    }
    const missing = await runCli(['keys', 'show', join(folder, 'nothing')]);
    expect(missing.stderr).toContain('there is no file');
    expect((await runCli(['keys', 'show', folder])).stderr).toContain('FILE_UNREADABLE');
  });
});
