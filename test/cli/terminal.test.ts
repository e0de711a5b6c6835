import {execFile} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {MAIN} from '../program.ts';

/**
 * Runs a shell line at a new terminal, types each answer when its question has come, and prints
 * what the terminal showed; the exit code is that of the line.
 */
const TERMINAL = `
import os, pty, select, sys, time
line, dialogue = sys.argv[1], sys.argv[2:]
pid, fd = pty.fork()
if pid == 0: os.execvp('sh', ['sh', '-c', line])
shown = b''
asked = 0
end = time.time() + 20
while time.time() < end:
    if dialogue and dialogue[0].encode() in shown[asked:]:
        asked = len(shown)
        time.sleep(0.3) # the program says its question, then listens
        os.write(fd, dialogue[1].encode())
        dialogue = dialogue[2:]
    if not select.select([fd], [], [], 0.1)[0]: continue
    try: part = os.read(fd, 4096)
    except OSError: break
    if not part: break
    shown += part
else: os.kill(pid, 9)
sys.stdout.write(shown.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-terminal-'));
});
afterAll(() => rm(folder, {recursive: true}));

async function atTerminal(line: string, ...dialogue: readonly string[]) {
  const program = `'${process.execPath}' '${MAIN}'`;
  const args = ['-c', TERMINAL, line.replaceAll('sessionvm', program), ...dialogue];
  try {
    const env = {
      PATH: process.env['PATH'],
      SESSIONVM_RPC: 'http://127.0.0.1:9/',
      SESSIONVM_NODE: '/ip4/127.0.0.1/tcp/9',
    };
    const {stdout} = await promisify(execFile)('python3', args, {cwd: folder, env});
    return {code: 0, shown: stdout};
  } catch (error) {
    const {code, stdout} = error as {readonly code: number; readonly stdout: string};
    return {code, shown: stdout};
  }
}

describe('a terminal', () => {
  const make = 'sessionvm keys new me.key --kind session --encrypt --force';

  it('takes both lines of a new passphrase when they are pasted at once', async () => {
    const pasted = await atTerminal(make, 'new passphrase: ', 'pw\npw\n');
    expect(pasted).toMatchObject({code: 0, shown: expect.stringContaining('sessionId')});
    expect(pasted.shown).not.toContain('pw');
    const begun = await atTerminal(make, 'new passphrase: ', 'pw\np', 'again: ', 'w\n');
    expect(begun.code).toBe(0);
  });

  it('is asked though stdin, stdout and stderr lead elsewhere, and before stdin is read', async () => {
    const send = 'sessionvm send --to me.card --key me.key -';
    const piped = await atTerminal(`date | ${send} 2>&1 | cat`, 'passphrase of', 'pw\n');
    expect(piped.shown).toContain('NETWORK_BAD_ADDRESS');
    const typed = await atTerminal(send, 'passphrase of', 'pw\n', '\n', 'hello\n\u0004');
    expect(typed).toMatchObject({code: 2, shown: expect.stringContaining('NETWORK_BAD_ADDRESS')});
  });

  it.each([
    ['\u0004', 'no passphrase was typed'],
    ['\u0003', 'stopped before it was done'],
    ['wrong\n', 'wrong passphrase'],
  ])('that answers %j gives one line', async (typed, problem) => {
    const {code, shown} = await atTerminal('sessionvm keys show me.key', 'passphrase of', typed);
    expect(code).toBe(1);
    const [, ...after] = shown.trim().split(/\r?\n/);
    expect(after).toEqual([expect.stringContaining(problem)]);
  });
});
