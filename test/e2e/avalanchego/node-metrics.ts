import {E2eError} from './errors.ts';

const TIMEOUT_MS = 5_000;

/**
 * A plugin's gauge or counter on the node's metrics page, which puts the node's and the chain's
 * names before it.
 * @throws E2eError E2E_RPC_UNREACHABLE, E2E_CHECK when there is none of that name
 */
export async function readMetric(uri: string, name: string): Promise<number> {
  const url = `${uri}/ext/metrics`;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const text = await fetch(url, {signal}).then(
    (response) => response.text(),
    (error: unknown) => {
      throw new E2eError('E2E_RPC_UNREACHABLE', {url, cause: String(error)}, {cause: error});
    },
  );
  const line = new RegExp(`^(?:\\w+_)?${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm');
  const [, value] = line.exec(text) ?? [];
  if (value === undefined) throw new E2eError('E2E_CHECK', {expected: `a metric ${name}`, url});
  return Number(value);
}
