import {spawnSync} from 'node:child_process';
import {mkdtemp, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLE = join(ROOT, 'examples/send-and-read.ts');
const ADDRESS = '/ip4/127.0.0.1/tcp/9/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA';

/** The program itself is run with real nodes in test/e2e/swarm/failures.test.ts. */
const runExample = (...words: readonly string[]) =>
  spawnSync(process.execPath, [EXAMPLE, ...words], {encoding: 'utf8', env: {}});

describe('the example', () => {
  it('says what it needs', () => {
    for (const words of [[], ['http://127.0.0.1:9/rpc']]) {
      const {status, stderr} = runExample(...words);
      expect(status).toBe(2);
      expect(stderr).toMatch(/^usage: send-and-read\.ts RPC_URL NODE_ADDRESS.*\n$/);
    }
  });

  it('takes the addresses as devnet prints them, with a comma between two', () => {
    const {stderr} = runExample('http://127.0.0.1:9/rpc', `${ADDRESS},${ADDRESS}`);
    expect(stderr).toContain('CLIENT_UNREACHABLE');
    expect(stderr).not.toContain('NETWORK_BAD_ADDRESS');
  });
});

describe('a program beside a checkout', () => {
  it('runs, and passes the checks with the options that README names', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sessionvm-program-'));
    try {
      const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
      const options = /```json\n(\{"compilerOptions".*)\n```/.exec(readme)?.[1] ?? '';
      const program = await readFile(EXAMPLE, 'utf8');
      const file = join(folder, 'talk.ts');
      await writeFile(file, program.replaceAll("'../src/", "'./sessionvm/src/"));
      await writeFile(join(folder, 'package.json'), '{"type": "module"}');
      await writeFile(join(folder, 'tsconfig.json'), options);
      await symlink(ROOT, join(folder, 'sessionvm'));
      await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
      const run = (...words: readonly string[]) =>
        spawnSync(process.execPath, words, {cwd: folder, encoding: 'utf8', env: {}});
      expect(run(file)).toMatchObject({status: 2, stderr: expect.stringMatching(/^usage: /)});
      const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
      expect(run(tsc, '-p', folder)).toMatchObject({status: 0, stdout: ''});
    } finally {
      await rm(folder, {recursive: true});
    }
  });
});
