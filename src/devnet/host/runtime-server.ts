import {setTimeout as sleep} from 'node:timers/promises';
import {DevnetError} from '../errors.ts';
import {SERVICES, serveHealth} from './host-definitions.ts';
import {type LoopbackServer, startLoopbackServer} from './loopback-server.ts';
import {addUnaryService} from './unary-service.ts';

/** From process start to the arrival of Initialize, as the hosts have it. */
export const HANDSHAKE_TIMEOUT_MS = 5_000;

export type Handshake = {
  readonly protocolVersion: number;
  /** `host:port` of the plugin's VM server. */
  readonly address: string;
};

export type RuntimeServer = {
  readonly server: LoopbackServer;
  /** Every `Initialize` that arrived, the first one being the only one that counts. */
  received(): readonly Handshake[];
  /**
   * The first handshake, if its number is the expected one.
   * @throws DevnetError DEVNET_HANDSHAKE after the timeout, DEVNET_PROTOCOL for another number.
   */
  handshake(timeoutMs?: number): Promise<Handshake>;
};

type InitializeRequest = {readonly protocolVersion: number; readonly addr: string};

/** Called when Initialize has arrived and is not answered yet. */
export type OnHandshake = (handshake: Handshake) => Promise<void> | void;

/** The little server of `vm.runtime.Runtime`, which lives for one handshake. */
export async function startRuntimeServer(
  protocol: number,
  onHandshake?: OnHandshake,
): Promise<RuntimeServer> {
  const received: Handshake[] = [];
  let outcome: DevnetError | Handshake | undefined;
  let settle: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const initialize = async ({protocolVersion, addr}: InitializeRequest): Promise<object> => {
    const handshake = {protocolVersion, address: addr};
    received.push(handshake);
    // As the hosts: equality, decided once per process; later calls get the first one's outcome.
    outcome ??=
      protocolVersion === protocol
        ? handshake
        : new DevnetError('DEVNET_PROTOCOL', {expected: protocol, announced: protocolVersion});
    await onHandshake?.(handshake);
    settle();
    if (outcome instanceof DevnetError) throw outcome;
    return {};
  };
  const server = await startLoopbackServer((grpc) => {
    addUnaryService(grpc, SERVICES.runtime, {Initialize: initialize});
    serveHealth(grpc);
  });
  return {
    server,
    received: () => received,
    async handshake(timeoutMs = HANDSHAKE_TIMEOUT_MS) {
      const timer = new AbortController();
      await Promise.race([arrived, sleep(timeoutMs, undefined, {signal: timer.signal})]);
      timer.abort();
      if (outcome === undefined) {
        throw new DevnetError('DEVNET_HANDSHAKE', {problem: 'vm process not found', timeoutMs});
      }
      if (outcome instanceof DevnetError) throw outcome;
      return outcome;
    },
  };
}
