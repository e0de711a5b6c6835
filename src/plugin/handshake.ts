import {status} from '@grpc/grpc-js';
import {PluginError} from './errors.ts';
import {openChannel} from './grpc/channel.ts';
import {RUNTIME_SERVICE} from './grpc/runtime-service.ts';
import {PROTOCOL_VARIABLE} from './protocol-number.ts';

/** The node's own patience, from the start of this process. */
const HANDSHAKE_TIMEOUT_MS = 5000;

export type Announcement = {
  /** host:port of the node's handshake server. */
  readonly engineAddress: string;
  readonly protocol: number;
  /** host:port of our VM server; it is bound already. */
  readonly vmAddress: string;
};

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

function textOf(error: unknown): string {
  const text = error instanceof Error && 'details' in error ? error.details : error;
  return String(text).replaceAll(/\s+/g, ' ').slice(0, 400);
}

/** A refusal nearly always means another number; the node's text names its own. */
function refusal(error: unknown, {engineAddress, protocol}: Announcement): PluginError {
  const text = textOf(error);
  if (codeOf(error) === status.UNAVAILABLE) {
    const problem = `nobody answers at ${engineAddress}: ${text}`;
    return new PluginError('PLUGIN_HANDSHAKE', {problem}, {cause: error});
  }
  const [, wanted = 'the number that the node speaks'] =
    /(?:protocol version|avalanchego:|expected)[^0-9]{0,12}([0-9]{1,5})/i.exec(text) ?? [];
  const facts = {
    problem: `the node refused protocol ${protocol}: ${text}`,
    set: `${PROTOCOL_VARIABLE}=${wanted} in the node's environment`,
  };
  return new PluginError('PLUGIN_HANDSHAKE', facts, {cause: error});
}

/**
 * Tells the node who we are and where we listen, then lets go of its handshake server, which waits
 * for that. A process has one try. Host-protocol §1.7.
 * @throws PluginError PLUGIN_HANDSHAKE
 */
export async function shakeHands(announcement: Announcement): Promise<void> {
  const {engineAddress, protocol, vmAddress} = announcement;
  const channel = openChannel(engineAddress, RUNTIME_SERVICE);
  const {promise: late, reject} = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new PluginError('PLUGIN_HANDSHAKE', {problem: 'the node did not answer in 5 s'})),
    HANDSHAKE_TIMEOUT_MS,
  );
  try {
    const call = channel.call('Initialize', {protocolVersion: protocol, addr: vmAddress});
    await Promise.race([call, late]);
  } catch (error) {
    throw error instanceof PluginError ? error : refusal(error, announcement);
  } finally {
    clearTimeout(timer);
    channel.close();
  }
}
