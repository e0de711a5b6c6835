import {execFile} from 'node:child_process';
import {chmod, copyFile, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {promisify} from 'node:util';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {pluginLauncher} from '../../scripts/plugin-launcher.ts';

const run = promisify(execFile);
const REPORT = 'console.log(JSON.stringify([process.argv.slice(1), process.env, process.pid]))';

describe('the plugin launcher', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sessionvm launcher's "));
  });
  afterEach(() => rm(folder, {recursive: true}));

  async function install(node: string): Promise<{bundle: string; launcher: string}> {
    const [bundle, launcher] = [join(folder, 'bundle $HOME.mjs'), join(folder, 'plugin')];
    await writeFile(bundle, REPORT);
    await writeFile(launcher, pluginLauncher({node, bundle}));
    await chmod(launcher, 0o755);
    return {bundle, launcher};
  }

  it('becomes Node with the bundle, in an empty environment and from a copy', async () => {
    const {bundle, launcher} = await install(process.execPath);
    const copy = join(folder, 'copy');
    await copyFile(launcher, copy);
    const started = run(copy, ['a b', '$c'], {env: {}, cwd: '/'});
    const [argv, env, pid] = JSON.parse((await started).stdout);
    expect(argv).toEqual([bundle, 'a b', '$c']);
    expect(
      Object.keys(env).filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)),
    ).toEqual([]);
    expect(pid).toBe(started.child.pid);
  });

  it.each(['node', 'bundle'] as const)('says in one line that the %s is gone', async (missing) => {
    const gone = join(folder, 'gone');
    const {bundle, launcher} = await install(missing === 'node' ? gone : process.execPath);
    if (missing === 'bundle') await rm(bundle);
    const error = await run(launcher, [], {env: {}}).catch((reason: unknown) => reason);
    const expected = missing === 'node' ? gone : bundle;
    expect(error).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^sessionvm: .* is gone: run 'npm ci .*\n$/),
    });
    expect((error as {stderr: string}).stderr).toContain(expected);
  });
});
