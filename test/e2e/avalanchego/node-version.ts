import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {E2eError} from './errors.ts';

const VERSION_TIMEOUT_MS = 10_000;

export type NodeVersion = {
  /** Name and version as the node gives them, `avalanchego/1.13.5`. */
  readonly application: string;
  /** Number that a plugin must announce in its handshake. */
  readonly protocol: number;
};

/**
 * Asks a node's file for its version.
 * @throws E2eError E2E_NODE_UNUSABLE when it does not run or says something else.
 */
export async function readNodeVersion(binary: string): Promise<NodeVersion> {
  const fail = (problem: string, cause?: unknown) =>
    new E2eError('E2E_NODE_UNUSABLE', {binary, problem}, {cause});
  let stdout: string;
  try {
    ({stdout} = await promisify(execFile)(binary, ['--version-json'], {
      timeout: VERSION_TIMEOUT_MS,
    }));
  } catch (error) {
    throw fail(`--version-json failed: ${String(error)}`, error);
  }
  try {
    const {application, rpcchainvm} = JSON.parse(stdout) as Record<string, unknown>;
    if (typeof application !== 'string' || typeof rpcchainvm !== 'number') {
      throw fail('--version-json names no application or no rpcchainvm number');
    }
    return {application, protocol: rpcchainvm};
  } catch (error) {
    if (error instanceof SyntaxError) throw fail('--version-json is not JSON', error);
    throw error;
  }
}
