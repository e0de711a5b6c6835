import {API_RESULTS} from '../../src/client/api-results.ts';
import {SwarmTable} from '../../src/daemon/swarm-table.ts';
import {createApi} from '../../src/plugin/api/json-rpc.ts';
import {utf8ToBytes} from '../../src/protocol/bytes.ts';
import {apiContext} from '../plugin/api-fixture.ts';
import type {Driver} from '../vm/driver.ts';

/** What a node makes of what the chain's API says. */
export async function tableOf(driver: Driver): Promise<SwarmTable> {
  const api = createApi(apiContext(driver).context);
  const ask = async (method: string): Promise<unknown> => {
    const request = {jsonrpc: '2.0', id: 1, method: `session.${method}`, params: {}};
    const {body} = await api.handle(utf8ToBytes(JSON.stringify(request)));
    return JSON.parse(new TextDecoder().decode(body)).result;
  };
  const epoch = API_RESULTS.getEpoch(await ask('getEpoch'), 'epoch');
  const {items} = API_RESULTS.listSwarms(await ask('listSwarms'), 'swarms');
  return new SwarmTable(epoch, items);
}
