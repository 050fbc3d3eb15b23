import { expect, it } from 'vitest';
import { type Device, noDevice, supportedDevices } from '../../../model/runtime/device.ts';
import { GptSession } from '../../../model/runtime/gpt-session.ts';
import { modelFile, SHAPE, temporaryFolder } from './random-model.ts';

const path = modelFile(temporaryFolder());

it('the processor can always be had', () => {
  expect(supportedDevices()).toContain('cpu');
});

it.each<Device>(['webgpu', 'coreml'])(
  '%s computes the model, or the error says what it wants of the machine',
  async (device) => {
    const session = await GptSession.load(path, SHAPE, 1, device).catch((error: unknown) => error);
    if (session instanceof GptSession) return session.release();
    expect(session).toMatchObject({
      name: 'TinyError',
      exitCode: 1,
      message: expect.stringContaining(`${device} is not available`),
      hint: expect.stringMatching(/cpu/),
    });
  },
);

it('another trouble than a missing device is not taken for one', () => {
  expect(noDevice('webgpu', 'Protobuf parsing failed.')).toBeUndefined();
  expect(noDevice('cpu', 'Failed to get a WebGPU adapter')).toBeUndefined();
});
