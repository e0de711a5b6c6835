import {execFile} from 'node:child_process';
import {mkdir, mkdtemp, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import process from 'node:process';
import {promisify} from 'node:util';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';

const run = promisify(execFile);
const checkout = resolve(import.meta.dirname, '../..');
const WITH_NODE = join(checkout, 'scripts/with-node');

describe('scripts/with-node', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sessionvm-with-node-'));
  });
  afterEach(() => rm(folder, {recursive: true}));

  it('runs the tests on the pinned Node, whatever Node npm runs on', async () => {
    const manifest = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8'));
    const pinned = manifest.optionalDependencies[`node-${process.platform}-${process.arch}`];
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    if (pinned !== undefined) expect(process.versions.node).toBe(pinned);
    else expect(major * 1000 + minor).toBeGreaterThanOrEqual(24_015);
  });

  it('puts the pinned Node before another one on PATH', async () => {
    await writeFile(join(folder, 'node'), '#!/bin/sh\necho v20.0.0\n', {mode: 0o755});
    const env = {PATH: `${folder}:/usr/bin:/bin`};
    const {stdout} = await run(WITH_NODE, ['node', '-p', 'process.version'], {env});
    expect(stdout.trim()).toBe(process.version);
  });

  it('passes arguments and exit codes on', async () => {
    const script = 'process.stdout.write(process.argv[1]); process.exit(7)';
    const error = await run(WITH_NODE, ['node', '-e', script, 'a  b']).catch((reason) => reason);
    expect(error).toMatchObject({code: 7, stdout: 'a  b'});
  });

  it.each(['v20.20.2', 'v24.14.9', ''])(
    'refuses Node "%s" when none is pinned',
    async (version) => {
      const lonely = join(folder, 'scripts/with-node'); // no node_modules beside it
      await mkdir(dirname(lonely));
      await writeFile(lonely, await readFile(WITH_NODE, 'utf8'), {mode: 0o755});
      await writeFile(join(folder, 'node'), `#!/bin/sh\necho ${version}\n`, {mode: 0o755});
      const env = {PATH: `${folder}:/usr/bin:/bin`};
      const error = await run(lonely, ['true'], {env}).catch((reason) => reason);
      expect(error).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('Node 24.15 or later'),
      });
    },
  );
});

describe('bin/sessionvm', () => {
  it('finds the program through links', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sessionvm-bin-'));
    try {
      await symlink(join(checkout, 'bin/sessionvm'), join(folder, 'first'));
      await symlink('first', join(folder, 'second'));
      const {stdout} = await run(join(folder, 'second'), ['version-json'], {cwd: '/'});
      expect(JSON.parse(stdout)).toMatchObject({name: 'sessionvm'});
    } finally {
      await rm(folder, {recursive: true});
    }
  });

  it('is what npm starts: the bundle when there is one, else the sources', async () => {
    const {scripts} = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8'));
    const folder = await mkdtemp(join(tmpdir(), 'sessionvm-bin-'));
    const write = async (name: string, text: string): Promise<void> => {
      await mkdir(dirname(join(folder, name)), {recursive: true});
      await writeFile(join(folder, name), text, {mode: 0o755});
    };
    const npmRun = async (): Promise<unknown> => {
      const env = {PATH: `${dirname(process.execPath)}:/usr/bin:/bin`};
      const options = {cwd: folder, env, shell: true};
      return JSON.parse((await run(scripts['sessionvm'], ['version', '--json'], options)).stdout);
    };
    const flags = 'process.execArgv, process.argv.slice(2)';
    try {
      for (const name of ['bin/sessionvm', 'scripts/with-node']) {
        await write(name, await readFile(join(checkout, name), 'utf8'));
      }
      await write('src/cli/main.ts', `console.log(JSON.stringify(['sources', ${flags}]))`);
      const asked = [['--max-semi-space-size=16'], ['version', '--json']];
      expect(await npmRun()).toEqual(['sources', ...asked]);
      await write('dist/sessionvm.mjs', `console.log(JSON.stringify(['bundle', ${flags}]))`);
      expect(await npmRun()).toEqual(['bundle', ...asked]);
    } finally {
      await rm(folder, {recursive: true});
    }
  });
});
