import {type KadDHT, type KadDHTInit, kadDHT} from '@libp2p/kad-dht';
import {NetworkError} from './errors.ts';
import type {RateLimiter} from './rate-limiter.ts';

/** What a stream may bring: a request has one record at most. kad-dht itself would wait for 4 MiB. */
const MAX_STREAM_BYTES = 8192;

type Components = Parameters<ReturnType<typeof kadDHT>>[0];
type Registrar = Components['registrar'];
type StreamHandler = Parameters<Registrar['handle']>[1];

/** The same object, with other members of these names. */
function override<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(members, name)) return Reflect.get(members, name);
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

const bounded =
  (handler: StreamHandler, limiter: RateLimiter): StreamHandler =>
  (stream, connection) => {
    const retryMs = limiter.spend(connection.remotePeer.toString());
    if (retryMs > 0) return stream.abort(new NetworkError('NETWORK_RATE_LIMITED', {retryMs}));
    let bytes = 0;
    stream.addEventListener('message', ({data}) => {
      bytes += data.byteLength;
      if (bytes <= MAX_STREAM_BYTES) return;
      stream.abort(new NetworkError('NETWORK_BAD_FRAME', {limit: MAX_STREAM_BYTES}));
    });
    return handler(stream, connection);
  };

/**
 * kad-dht, whose streams cost their peer a token and bring no more than a request has: each may want a
 * look-up or a signature's check.
 */
export function dhtService(
  limiter: RateLimiter,
  init: KadDHTInit,
): (components: Components) => KadDHT {
  const create = kadDHT(init);
  return (components) => {
    const {registrar} = components;
    const handle: Registrar['handle'] = (protocol, handler, options) =>
      registrar.handle(protocol, bounded(handler, limiter), options);
    return create(override(components, {registrar: override(registrar, {handle})}));
  };
}
