import type { RandomStream } from '../model/random.ts';

/**
 * Row-major (points, width): `width` independent curves of a Gaussian process with covariance
 * std^2 exp(-(i - j)^2 / 2 length^2), drawn by smoothing white noise with a Gaussian of length / sqrt(2).
 *
 * @param length how many points it takes until a curve has forgotten where it was
 */
export function smoothCurves(
  points: number,
  width: number,
  length: number,
  std: number,
  random: RandomStream,
): Float32Array {
  const sigma = length / Math.SQRT2;
  const reach = Math.ceil(4 * sigma);
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, k) => {
    return sigma === 0 ? 1 : Math.exp(-((k - reach) ** 2) / (2 * sigma * sigma));
  });
  const scale = std / Math.sqrt(kernel.reduce((sum, k) => sum + k * k, 0));
  const curves = new Float32Array(points * width);
  for (let j = 0; j < width; j++) {
    const noise = Float64Array.from({ length: points + 2 * reach }, () => random.normal());
    for (let i = 0; i < points; i++) {
      let sum = 0;
      for (const [k, weight] of kernel.entries()) sum += weight * noise[i + k]!;
      curves[i * width + j] = scale * sum;
    }
  }
  return curves;
}
