import { NEVER, type Observable } from 'rxjs';
import { every } from '../../pipeline/load.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import { Topics } from '../../protocols/topics.ts';
import { BoardLimit } from '../board-limit.ts';
import type { AgentConfig } from '../config.ts';
import { portIsFree } from '../doctor/tcp-ports.ts';
import type { Log } from '../log.ts';
import { agentClientId } from '../mqtt/access.ts';
import { connectMqtt } from '../mqtt/client.ts';
import { loadCredentials } from '../mqtt/credentials.ts';
import { openEmbeddedBroker } from '../mqtt/embedded.ts';
import { brokerLogin, brokerUrl, type Login } from '../mqtt/login.ts';
import type { SettingNames } from '../mqtt/setting-names.ts';
import { RareLog } from '../rare-log.ts';
import { type ReadTask, Refusals } from '../refusals.ts';
import { openSource } from '../sources/source.ts';
import { UnsetClocks } from '../sources/unset-clocks.ts';
import { Teardown } from '../teardown.ts';

export interface ListenOptions {
  readonly stateDir: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** For advice to boards that send what nobody reads. */
  readonly task: ReadTask;
  /** What the settings of the broker are called where they come from. */
  readonly names?: SettingNames;
}

/** What boards send, as an agent of this configuration hears it; beside an agent that runs already, too. */
export async function listenToBoards(
  config: AgentConfig,
  { stateDir, log, signal, task, names }: ListenOptions,
): Promise<{ readings$: Observable<SensorReading>; close(): Promise<void> }> {
  const topics = new Topics(config.site);
  const rareLog = new RareLog(log);
  const opened = new Teardown();
  try {
    const isOnMqtt = config.source.kind === 'mqtt' || (config.source.kind === 'serial' && config.source.mqtt);
    const link = isOnMqtt ? await connect() : { messages$: () => NEVER };
    const source = openSource(config.source, {
      topics,
      link,
      door: {
        admission: config.admission,
        refusals: new Refusals(rareLog, task),
        boards: new BoardLimit(config.boards.max),
        clocks: new UnsetClocks(rareLog),
      },
      mine: (messages$) => messages$,
      load: every(),
      log: rareLog,
    });
    return { readings$: source.readings$, close: () => opened.run() };
  } catch (error) {
    await opened.run();
    throw error;
  }

  async function connect() {
    const login = await loginOf(config, opened, { stateDir, log, topics, names });
    const clientId = `${agentClientId(config.site, config.agent)}-recorder`;
    return opened.close(connectMqtt({ ...login, clientId, log, signal }));
  }
}

/** The embedded broker may be that of an agent which runs already: else it is opened, for the boards to find it. */
async function loginOf(
  { broker, site }: AgentConfig,
  opened: Teardown,
  {
    stateDir,
    log,
    topics,
    names,
  }: { stateDir: string; log: Log; topics: Topics; names: SettingNames | undefined },
): Promise<Login> {
  if (!('embedded' in broker)) return brokerLogin(broker, undefined, log, names);
  const { host, port } = broker.embedded;
  if (port !== 0 && !(await portIsFree(host, port))) {
    return { url: brokerUrl(host, port), protocol: '3.1.1', ...(await loadCredentials(stateDir)).agent };
  }
  const own = await opened.stopIf(openEmbeddedBroker(broker, { site, stateDir, topics, log }));
  return brokerLogin(broker, own, log);
}
