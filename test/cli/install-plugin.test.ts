import {mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {foreignFiles, installLauncher, readLauncher} from '../../src/cli/install-plugin.ts';
import {VM_ID_TEXT} from '../../src/crypto/ids.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sessionvm-install-'));
});
afterEach(() => rm(root, {recursive: true}));

describe('plugin install', () => {
  it('finds the launcher beside a bundle and above the sources', async () => {
    await mkdir(join(root, 'dist', 'plugins'), {recursive: true});
    await mkdir(join(root, 'src', 'cli', 'commands'), {recursive: true});
    await writeFile(join(root, 'dist', 'plugins', VM_ID_TEXT), '#!/bin/sh\n');
    for (const from of ['dist', 'src/cli/commands']) {
      expect(new TextDecoder().decode(await readLauncher(join(root, from)))).toBe('#!/bin/sh\n');
    }
  });

  it('says what to do when nothing was built', async () => {
    const from = join(root, 'a', 'b', 'c', 'd');
    await mkdir(from, {recursive: true});
    await expect(readLauncher(from)).rejects.toMatchObject({code: 'CLI_UNAVAILABLE'});
  });

  it('replaces an older launcher and leaves nothing else in the folder', async () => {
    const plugins = join(root, 'plugins');
    await mkdir(plugins);
    await writeFile(join(plugins, VM_ID_TEXT), 'old');
    const file = await installLauncher(new TextEncoder().encode('new'), plugins);
    expect(await readFile(file, 'utf8')).toBe('new');
    expect((await stat(file)).mode & 0o777).toBe(0o755);
    expect(await readdir(plugins)).toEqual([VM_ID_TEXT]);
    expect(await readdir(root)).toEqual(['plugins']);
  });

  it('names what a node would not start on', async () => {
    const other = 'tGas3T58KzdjLHhBDMnH2TvrddhqTji5iZAMZ3RXs2NLpSnhH';
    for (const name of [VM_ID_TEXT, `${other}.old`, 'notes.txt', '.hidden', VM_ID_TEXT.slice(1)]) {
      await writeFile(join(root, name), '');
    }
    await mkdir(join(root, 'old'));
    expect(await foreignFiles(root)).toEqual(['notes.txt', VM_ID_TEXT.slice(1)]);
  });

  it('wants a folder', async () => {
    const missing = installLauncher(new Uint8Array(), join(root, 'none'));
    await expect(missing).rejects.toMatchObject({code: 'CLI_USAGE'});
  });
});
