import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
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
    const {code, stderr} = await shell('{ "$@"; echo $? >code; } | true', 'help');
    expect({code, stderr}).toEqual({code: 0, stderr: ''});
    expect((await readFile(join(folder, 'code'), 'utf8')).trim()).toBe('0');
  });
});
