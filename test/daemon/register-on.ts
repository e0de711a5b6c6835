import {sendAccountTx} from '../../src/client/account-sender.ts';
import {
  acceptRegistrationRequest,
  createRegistrationRequest,
} from '../../src/client/registration.ts';
import {addressOf} from '../../src/crypto/ids.ts';
import type {Signer} from '../../src/crypto/ml-dsa.ts';
import {kemKeyOf, signerOf} from '../client/keys.ts';
import {CHAIN_ID, NETWORK_ID} from '../vm/driver.ts';
import type {RealChain} from './real-chain.ts';
import type {TestNode} from './test-node.ts';

const CHAIN = {networkId: NETWORK_ID, chainId: CHAIN_ID};

type Who = {readonly node: TestNode; readonly number: number; readonly owner: Signer};

/** Puts a test node into the registry of the real state machine, with the least stake. */
export async function registerOn(chain: RealChain, {node, number, owner}: Who): Promise<void> {
  const address = addressOf(owner.publicKey);
  const keys = {encryptionKey: kemKeyOf(number), hashChainTip: node.tip};
  const request = createRegistrationRequest(
    {chain: CHAIN, owner: address, ...keys},
    signerOf(number),
  );
  const stake = 100_000_000n;
  const value = acceptRegistrationRequest(request, {chain: CHAIN, owner: address, stake});
  const network = await chain.call('getNetwork', {});
  const body = {type: 'registerServiceNode', value} as const;
  await sendAccountTx(chain, {network, signer: owner, body});
  chain.advance(100);
}
