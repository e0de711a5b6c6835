import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {access, constants, mkdir, mkdtemp, rename, rm} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {E2eError} from './errors.ts';
import {readNodeVersion} from './node-version.ts';

/**
 * The last release that the ordinary Go client installs: later ones keep parts of themselves in
 * nested modules that the module proxy does not hold.
 */
const RELEASE = 'v1.13.5';
const PACKAGE = `github.com/ava-labs/avalanchego/main@${RELEASE}`;

/** Printed when a run is asked for without a node. */
export const HOW_TO_GET_A_NODE = `The end-to-end run needs the file of a node: --node PATH (plugin protocol 42 to 46).
With Go 1.24 or later and a C compiler on this machine, either let it be installed into your cache
(2 to 6 minutes, seconds when it is there already; prints the path):
  npm run --silent e2e:avalanchego -- --get-node
or install an unmodified avalanchego ${RELEASE} yourself:
  GOBIN=$HOME/avalanchego go install ${PACKAGE}
  mv $HOME/avalanchego/main $HOME/avalanchego/avalanchego
then:
  npm run e2e:avalanchego -- --node $HOME/avalanchego/avalanchego`;

/** Where `--get-node` keeps the node: outside of any checkout, so that all share it. */
export function cachedNodeFolder(env: NodeJS.ProcessEnv = process.env): string {
  const cache = env['XDG_CACHE_HOME'] ?? '';
  const base = cache === '' ? join(homedir(), '.cache') : cache;
  return join(base, 'sessionvm', `avalanchego-${RELEASE}`);
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

async function assertGo(): Promise<void> {
  try {
    await promisify(execFile)('go', ['version']);
  } catch (error) {
    const problem =
      'no go command on PATH: install Go 1.24 or later, or give a node by --node PATH';
    throw new E2eError('E2E_GO_MISSING', {problem}, {cause: error});
  }
}

/** Go names the file by the package's last folder, `main`. Its own output goes to stderr. */
async function goInstall(binFolder: string): Promise<string> {
  const go = spawn('go', ['install', PACKAGE], {
    cwd: binFolder, // not in a module of somebody else
    env: {...process.env, GOBIN: binFolder},
    stdio: ['ignore', 2, 2],
  });
  const [code, signal] = await once(go, 'exit');
  if (code !== 0) {
    throw new E2eError('E2E_GO_FAILED', {command: `go install ${PACKAGE}`, exit: signal ?? code});
  }
  return join(binFolder, 'main');
}

/**
 * Path of an unmodified avalanchego in the cache; installs it first when it is not there.
 * @throws E2eError E2E_GO_MISSING, E2E_GO_FAILED, E2E_NODE_UNUSABLE
 */
export async function getNode(say: (line: string) => void): Promise<string> {
  const folder = cachedNodeFolder();
  const file = join(folder, 'avalanchego');
  if (!(await isExecutable(file))) {
    await assertGo();
    say(`installing avalanchego ${RELEASE} into ${folder}: 2 to 6 minutes`);
    await mkdir(folder, {recursive: true});
    const scratch = await mkdtemp(join(folder, 'install-'));
    try {
      await rename(await goInstall(scratch), file); // whole or not at all
    } finally {
      await rm(scratch, {recursive: true, force: true});
    }
  }
  await readNodeVersion(file);
  return file;
}
