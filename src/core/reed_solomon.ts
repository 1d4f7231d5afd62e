/**
 * Reed-Solomon error correction over the field of 256 elements with the polynomial 0x11d, as QR codes have it.
 * Source: ISO/IEC 18004:2015, section 7.5 and annex A.
 */

/** `count` codewords that follow on `data`. */
export function correctionOf(data: readonly number[], count: number): readonly number[] {
  const generator = generatorOf(count);
  return data.reduce<readonly number[]>((rest, codeword) => {
    const factor = codeword ^ rest[0];
    return [...rest.slice(1), 0].map((value, at) => value ^ times(generator[at], factor));
  }, new Array(count).fill(0));
}

/** Coefficients of (x - 1)(x - a)…(x - a^(count-1)) below the leading one, highest first. */
function generatorOf(count: number): readonly number[] {
  let coefficients: readonly number[] = [1];
  let root = 1;
  for (let factor = 0; factor < count; factor++) {
    const shifted = [...coefficients, 0];
    const multiplied = [0, ...coefficients.map((value) => times(value, root))];
    coefficients = shifted.map((value, at) => value ^ multiplied[at]);
    root = times(root, 2);
  }
  return coefficients.slice(1);
}

function times(left: number, right: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ (product & 0x80 ? 0x11d : 0);
    if (right >> bit & 1) product ^= left;
  }
  return product;
}
