import {toSessionId} from '../../../protocol/bytes.ts';
import {CodecError} from '../../../protocol/errors.ts';
import {swarmOf as swarmOfInbox} from '../../../swarm/swarm-space.ts';
import {getEpochState} from '../../../vm/state/singletons.ts';
import {ApiError} from '../errors.ts';
import type {Method} from '../method.ts';
import {hexParam} from '../params.ts';

/** BLAKE3 of the 33-byte id, mod num_swarms. */
export const swarmOf: Method<'swarmOf'> = {
  params: ['pubkey'],
  call({chain}, params) {
    const {swarmExponent} = getEpochState(chain.lastAccepted.map);
    try {
      const pubkey = toSessionId(hexParam(params, 'pubkey', 33));
      return {swarmId: swarmOfInbox(pubkey, swarmExponent), numSwarms: 2 ** swarmExponent};
    } catch (cause) {
      if (!(cause instanceof CodecError)) throw cause;
      throw new ApiError(
        'API_INVALID_PARAMS',
        {param: 'pubkey', problem: 'must be 33 bytes'},
        {cause},
      );
    }
  },
};
