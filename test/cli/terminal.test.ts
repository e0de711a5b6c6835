import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {MAIN} from '../program.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-terminal-'));
});
afterAll(() => rm(folder, {recursive: true}));

/**
 * Runs a shell line at a new terminal and types each answer when its question has come.
 * @returns what the terminal showed, and the exit code of the line
 */
async function atTerminal(line: string, ...dialogue: readonly string[]) {
  const program = `'${process.execPath}' '${MAIN}'`;
  const words = ['-qe', '-E', 'always', '-c', line.replaceAll('sessionvm', program), '/dev/null'];
  const env = {
    PATH: process.env['PATH'],
    SHELL: '/bin/sh',
    SESSIONVM_RPC: 'http://127.0.0.1:9/',
    SESSIONVM_NODE: '/ip4/127.0.0.1/tcp/9',
  };
  const terminal = spawn('script', words, {cwd: folder, env, timeout: 20_000});
  let shown = '';
  let [asked, answered] = [0, 0];
  terminal.stdout.setEncoding('utf8').on('data', (part: string) => {
    shown += part;
    const [question, answer] = dialogue.slice(asked * 2, asked * 2 + 2);
    if (question === undefined || answer === undefined) return;
    const at = shown.indexOf(question, answered);
    if (at < 0) return;
    asked += 1;
    answered = shown.length;
    // The program says its question, then listens.
    setTimeout(() => terminal.stdin.write(answer), 300);
  });
  const [code] = (await once(terminal, 'close')) as [number | null];
  return {code, shown};
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
