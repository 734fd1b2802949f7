/** A time limit as whoever set it knows it: what is left of 30 s a moment later is 29 999 ms, and means the same. */
export const roughMs = (ms: number): number => {
  const unit = ms >= 1000 ? 100 : ms >= 100 ? 10 : 1
  return Math.round(ms / unit) * unit
}
