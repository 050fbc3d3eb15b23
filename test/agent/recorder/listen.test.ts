import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { firstValueFrom } from 'rxjs';
import { expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../../agent/log.ts';
import { listenToBoards } from '../../../agent/recorder/listen.ts';
import { anyTask, settingsOf } from '../../../agent/recorder/settings.ts';
import { makePtyPair } from '../../../firmware-bridge/pty-pair.ts';
import { requireTool } from '../../tools.ts';
import { batch, configOf, mqttClient, runAgent, temporaryFolder } from '../rig.ts';

const options = (stateDir: string) => ({
  stateDir,
  log: silentLog,
  signal: new AbortController().signal,
  task: anyTask,
});

it('hears a board at a serial port, and needs no broker for it', async (test) => {
  requireTool('socat', test);
  const folder = await temporaryFolder();
  const cable = await makePtyPair(join(folder, 'near'), join(folder, 'far'));
  onTestFinished(() => cable.cut());
  const { config } = await settingsOf({ serial: cable.near, board: 'desk' });
  const boards = await listenToBoards(config, options('/nowhere'));
  onTestFinished(() => boards.close());
  const first = firstValueFrom(boards.readings$);
  const sending = setInterval(() => {
    // The cable may be gone before the last of them.
    appendFile(cable.far, '{"v": {"proximity": 200}}\n').catch(() => {});
  }, 50);
  onTestFinished(() => clearInterval(sending));
  expect(await first).toMatchObject({ board: 'desk', values: { proximity: 200 } });
});

it('hears the boards of an agent that runs already, at its embedded broker', async () => {
  const stateDir = await temporaryFolder();
  const { broker } = await runAgent({}, { stateDir });
  const config = configOf({ broker: { embedded: { port: broker!.port } } });
  const boards = await listenToBoards(config, options(stateDir));
  onTestFinished(() => boards.close());
  const first = firstValueFrom(boards.readings$);
  const board = await mqttClient(broker!.port, broker!.credentials.board);
  const sending = setInterval(() => board.publish('tinyllm/lab/wrist/readings', batch(1), { qos: 1 }), 100);
  onTestFinished(() => clearInterval(sending));
  expect(await first).toMatchObject({ board: 'wrist', values: { 'accel.x': 1 } });
});
