import {execFile} from 'node:child_process';
import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {toJson} from '../../src/cli/output.ts';
import {MAIN} from '../program.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-output-'));
});
afterAll(() => rm(folder, {recursive: true}));

/** Runs the program by a shell that redirects its output: `"$@"` is the program and its words. */
async function shell(script: string, ...words: readonly string[]) {
  const args = ['-c', script, 'sh', process.execPath, MAIN, ...words];
  try {
    const {stdout, stderr} = await promisify(execFile)('sh', args, {cwd: folder});
    return {code: 0, stdout, stderr};
  } catch (error) {
    return error as {readonly code: number; readonly stdout: string; readonly stderr: string};
  }
}

/** Of all processes. */
async function commandLines(): Promise<string> {
  const lines: string[] = [];
  for (const name of await readdir('/proc')) {
    if (/^\d+$/.test(name))
      lines.push(await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => ''));
  }
  return lines.join('\n');
}

describe('JSON', () => {
  it('holds nothing that a terminal obeys, and says the same', () => {
    const data = {text: 'a\u009b2Jb\u202ec\u200bd\u{e0041}e\u2028\u007f\u001b', n: 1n};
    for (const indent of [undefined, 2]) {
      const json = toJson(data, indent);
      expect(json).not.toMatch(/[^\n -~]/);
      expect(JSON.parse(json)).toEqual({...data, n: '1'});
    }
    expect(toJson('\u009b\u{e0041}')).toBe('"\\u009b\\udb40\\udc41"');
  });
});

describe('output that cannot be written', () => {
  it.each(['help', 'version', 'version-json', 'genesis --preset dev', 'devnet --demo x --nodes 1'])(
    'ends %s with one line and code 1',
    async (line) => {
      const {code, stderr} = await shell('"$@" >/dev/full', ...line.split(' '));
      expect({code, stderr}).toEqual({
        code: 1,
        stderr: 'sessionvm: cannot write the output (ENOSPC) [CLI_OUTPUT_FAILED]\n',
      });
    },
    60_000,
  );

  it('is noticed when the disk has room for a part of it', async () => {
    // The limit of a file's size cuts the write as a full disk does; sh counts 512 bytes.
    const {code, stderr} = await shell('ulimit -f 1; "$@" >part', 'help');
    expect({code, stderr}).toMatchObject({code: 1, stderr: expect.stringContaining('(EFBIG)')});
    const part = await readFile(join(folder, 'part'));
    expect([512, 1024]).toContain(part.length);
  });

  it('is no failure when the reader has enough', async () => {
    const script = '{ sleep 0.2; "$@"; echo $? >code; } | true';
    // The nodes of a network are stopped with it.
    for (const line of ['help', `devnet --nodes 1 --json --dir ${join(folder, 'network')}`]) {
      const {code, stderr} = await shell(script, ...line.split(' '));
      expect({code, stderr}).toEqual({code: 0, stderr: ''});
      expect((await readFile(join(folder, 'code'), 'utf8')).trim()).toBe('0');
    }
    expect(await commandLines()).not.toContain(folder);
  }, 60_000);
});
