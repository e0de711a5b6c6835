import type {Method} from '../method.ts';
import {wantsHex} from '../params.ts';
import {blockView} from '../views.ts';

export const getLastAccepted: Method<'getLastAccepted'> = {
  params: ['encoding'],
  call: ({chain}, params) => blockView(chain.lastAccepted.block, wantsHex(params)),
};
