import type {Tx, UnsignedTx} from '../../../src/protocol/chain/tx.ts';
import {SessionError} from '../../../src/protocol/errors.ts';
import {verifyPending} from '../../../src/vm/builder.ts';
import {executeTx} from '../../../src/vm/execute-txs.ts';
import {openBlock} from '../../../src/vm/open-block.ts';
import type {ParsedTx} from '../../../src/vm/parsed-tx.ts';
import {StateView} from '../../../src/vm/state/view.ts';
import {type Driver, seal} from '../driver.ts';

export const codeOf = (action: () => unknown): string | undefined => {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof SessionError) return error.code;
    throw error;
  }
};

/** The code that refuses a transaction in the next block, right after the last one. */
export function refusal(
  driver: Driver,
  tx: ParsedTx,
  nowMs = driver.now + 50n,
): string | undefined {
  return codeOf(() => verifyPending(driver.chain, driver.mempool, {tx, nowMs}));
}

/** Changes the state that a transaction meets: what would take a chain hundreds of epochs. */
export type Edit = (state: StateView, driver: Driver) => void;

/** The state after a transaction on an edited state. @throws TxError */
export function stateAfter(driver: Driver, tx: ParsedTx, edit: Edit = () => {}): StateView {
  const {map, height} = driver.chain.preferredParent;
  const state = new StateView(map);
  edit(state, driver);
  const position = {height: height + 1n, timestamp: driver.now + 50n};
  executeTx(tx, openBlock(driver.config, state, position));
  return state;
}

type Fields = Readonly<Record<string, unknown>>;

/** The same transaction with other header fields or another body. */
export function changed({tx}: {readonly tx: Tx}, header: Fields, body: Fields = {}): ParsedTx {
  const {unsigned, publicKey} = tx;
  const value = {...unsigned.value, ...header, body: {...unsigned.value.body, ...body}};
  return seal({...unsigned, value} as UnsignedTx, publicKey);
}

/** One way to be refused. */
export type Row = {
  readonly code: string;
  readonly when: string;
  readonly make: () => [Driver, ParsedTx];
  readonly edit?: Edit | undefined;
};

export const row = (code: string, when: string, make: Row['make'], edit?: Edit): Row => ({
  code,
  when,
  make,
  edit,
});

export const on =
  (situation: () => Driver, make: (driver: Driver) => ParsedTx) => (): [Driver, ParsedTx] => {
    const driver = situation();
    return [driver, make(driver)];
  };
