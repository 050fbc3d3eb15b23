import { z } from 'zod';
import { describeChoice, type PortChoice } from '../../firmware-bridge/ports/port-choice.ts';
import { DEFAULT_BAUD_RATE, DEFAULT_SILENT_AFTER_MS } from '../../firmware-bridge/ports/serial-link.ts';
import { isCsvHeader } from '../../firmware-bridge/wire/csv-table.ts';
import { isBoardId } from '../../protocols/topics.ts';
import { whenGood } from './rules.ts';
import { filePath, name } from './values.ts';

const USB_ID = 'four hexadecimal digits in quotes, such as "303a"';
const usbId = z.string(USB_ID).regex(/^[0-9a-fA-F]{4}$/, USB_ID);

const usb = z
  .strictObject({
    vendorId: usbId.describe('Who made it.'),
    productId: usbId.optional().describe('What it is; any of that maker when absent.'),
    serialNumber: z.string().min(1).optional().describe('Which one; the first that is free when absent.'),
  })
  .describe('The device itself, whatever name it has: `npx tinyllm doctor` lists what is plugged in.');

/** Only in its last part may a path have stars: `/dev/ttyUSB*`. */
const PORT_PATH = /^[^*?]*[^/]+$/;

const serialPort = z
  .strictObject({
    path: z
      .string()
      .regex(PORT_PATH, 'a path such as /dev/ttyACM0; * and ? may stand in its last part')
      .optional()
      .describe('Where it is, such as /dev/ttyACM0, or /dev/ttyUSB* for the first one that is free.'),
    usb: usb.optional(),
    baudRate: z.int().min(300).max(4_000_000).default(DEFAULT_BAUD_RATE).describe('As in the firmware.'),
    board: name
      .refine(isBoardId, 'the name "bridge" is kept for agents')
      .optional()
      .describe('Whose lines these are, where the firmware sends CSV or JSON and does not say.'),
    csvHeader: z
      .string()
      .min(1)
      .refine((line) => isCsvHeader(line), 'columns are channels, micros, millis, seq and t')
      .optional()
      .describe('For firmware that prints CSV without a header: micros,accel.x[g],accel.y[g].'),
    silentAfterS: z
      .number()
      .min(0)
      .max(86_400)
      .default(DEFAULT_SILENT_AFTER_MS / 1000)
      .describe('A port this long silent is opened anew; 0: never.'),
    resetWhenSilent: z
      .boolean()
      .default(true)
      .describe('Whether a silent board is reset (DTR, RTS) as well.'),
  })
  .refine((p) => (p.path === undefined) !== (p.usb === undefined), {
    message: 'give one of `path` and `usb`',
    ...whenGood('path', 'usb'),
  });

export type SerialPortConfig = z.output<typeof serialPort>;

/** As a person would tell it from others: `/dev/ttyUSB*`, `usb 303a:1001`. */
export const nameOfPort = (port: SerialPortConfig): string => describeChoice(choiceOfPort(port));

export const choiceOfPort = ({ path, usb }: SerialPortConfig): PortChoice =>
  usb ? { usb } : { path: path! };

/** Where readings come from. */
export const source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mqtt') }).describe('Boards publish on <base>/<board>/readings.'),
  z
    .strictObject({
      kind: z.literal('serial'),
      ports: z
        .array(serialPort)
        .min(1)
        .max(64)
        .refine(
          (ports) => new Set(ports.map(nameOfPort)).size === ports.length,
          'a port can be opened once: name each of them once',
        )
        .describe('One board or gateway each.'),
      mqtt: z.boolean().default(false).describe('Listen to boards on MQTT as well.'),
    })
    .describe('Boards at serial ports.'),
  z
    .strictObject({
      kind: z.literal('replay'),
      recordings: filePath.describe('A .jsonl or .jsonl.gz file of recordings.'),
      speed: z
        .union([z.number().positive(), z.literal('max')])
        .default(1)
        .describe('1: the pace of the recording; max: as fast as the model reads.'),
      loop: z.boolean().default(false).describe('Start again at the end.'),
    })
    .describe('A recording instead of boards.'),
]);
