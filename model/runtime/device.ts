import { type InferenceSession, listSupportedBackends } from 'onnxruntime-node';
import { TinyError } from '../../protocols/errors.ts';

/** What may compute a model. */
export const DEVICES = ['cpu', 'webgpu', 'coreml'] as const;
export type Device = (typeof DEVICES)[number];

/** Those that the installed ONNX Runtime was built with: whether the machine has one to offer, loading a model tells. */
export function supportedDevices(): Device[] {
  const bundled = listSupportedBackends().filter((backend) => backend.bundled);
  return DEVICES.filter((device) => bundled.some(({ name }) => name === device));
}

/** Session options. What a device has no kernel for is computed by the processor: ONNX Runtime's own fallback. */
export const onDevice = (device: Device): InferenceSession.SessionOptions =>
  device === 'cpu' ? {} : { executionProviders: [device] };

/** Why a session could not be made, where that is for want of the device. @param reason what ONNX Runtime says */
export function noDevice(device: Device, reason: string): TinyError | undefined {
  if (device === 'cpu') return undefined;
  if (/backend not found/.test(reason)) {
    return new TinyError(
      `${device} is not available: this ONNX Runtime (${process.platform}-${process.arch}) was built without it`,
      `choose one of ${supportedDevices().join(', ')}`,
    );
  }
  if (/adapter/i.test(reason)) {
    return new TinyError(
      `${device} is not available: this machine offers no graphics adapter`,
      'install the driver of the graphics card (on Linux with Vulkan: libvulkan1, then see `vulkaninfo`), or choose cpu',
    );
  }
  return undefined;
}
