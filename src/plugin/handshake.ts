import {PROTOCOL_VARIABLE} from './engine.ts';
import {PluginError} from './errors.ts';
import {type CallStatus, callOnce, UNAVAILABLE} from './grpc/call-once.ts';
import {encodeAnnounced, INITIALIZE_PATH} from './grpc/runtime-service.ts';

/** The node's own patience, from the start of this process. */
const HANDSHAKE_TIMEOUT_MS = 5000;
const OK = 0;

export type Announcement = {
  /** host:port of the node's handshake server. */
  readonly engineAddress: string;
  readonly protocol: number;
  /** host:port of our VM server; it is bound already. */
  readonly vmAddress: string;
};

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 400);

function nobodyAnswers(engineAddress: string, text: string, cause?: unknown): PluginError {
  const problem = `nobody answers at ${engineAddress}: ${oneLine(text)}`;
  return new PluginError('PLUGIN_HANDSHAKE', {problem}, {cause});
}

/** A refusal nearly always means another number; the node's text names its own. */
function refusal({text}: CallStatus, protocol: number): PluginError {
  const [, wanted = 'the number that the node speaks'] =
    /(?:protocol version|avalanchego:|expected)[^0-9]{0,12}([0-9]{1,5})/i.exec(text) ?? [];
  return new PluginError('PLUGIN_HANDSHAKE', {
    problem: `the node refused protocol ${protocol}: ${oneLine(text)}`,
    set: `${PROTOCOL_VARIABLE}=${wanted} in the node's environment`,
  });
}

/**
 * Tells the node who we are and where we listen, then lets go of its handshake server, which waits
 * for that. A process has one try. Host-protocol §1.7.
 * @throws PluginError PLUGIN_HANDSHAKE
 */
export async function shakeHands(announcement: Announcement): Promise<void> {
  const {engineAddress, protocol, vmAddress} = announcement;
  const answer = await callOnce({
    address: engineAddress,
    path: INITIALIZE_PATH,
    request: encodeAnnounced({protocolVersion: protocol, addr: vmAddress}),
    timeoutMs: HANDSHAKE_TIMEOUT_MS,
  }).catch((error: unknown) => {
    throw nobodyAnswers(engineAddress, String(error), error);
  });
  if (answer === undefined) {
    throw new PluginError('PLUGIN_HANDSHAKE', {problem: 'the node did not answer in 5 s'});
  }
  if (answer.code === UNAVAILABLE) throw nobodyAnswers(engineAddress, answer.text);
  if (answer.code !== OK) throw refusal(answer, protocol);
}
