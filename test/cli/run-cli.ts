import {spawn} from 'node:child_process';
import {MAIN} from '../program.ts';

export type CliResult = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/**
 * Runs the program as a person would, in an environment that holds nothing but `env`.
 * @param input what comes through its stdin; nothing unless given
 */
export function runCli(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input?: string | Uint8Array,
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...words], {
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: 20_000,
      // A session without a terminal: nothing is asked at that of whoever runs the tests.
      detached: true,
    });
    child.stdin.on('error', () => undefined); // it ended without reading
    child.stdin.end(input);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({code, stdout, stderr}));
  });
}
