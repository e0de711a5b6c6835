import {addressToString} from '../../../crypto/ids.ts';
import {getAccount as readAccount} from '../../../vm/state/accounts.ts';
import type {Method} from '../method.ts';
import {addressParam} from '../params.ts';

/** Balance and nonces; an account that nobody has used has zeros. */
export const getAccount: Method<'getAccount'> = {
  params: ['address'],
  call({chain, mempool}, params) {
    const address = addressParam(params, 'address');
    const {balance, nonce} = readAccount(chain.lastAccepted.map, address);
    const preferred = readAccount(chain.preferred.map, address);
    const waiting = mempool.lastNonce(address);
    const next = waiting === undefined ? preferred.nonce : waiting + 1n;
    return {
      address: addressToString(address),
      balance: balance.toString(),
      nonce: nonce.toString(),
      nextNonce: (next > preferred.nonce ? next : preferred.nonce).toString(),
    };
  },
};
