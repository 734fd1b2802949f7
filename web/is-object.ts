/** An object of JSON whose fields may be anything: what somebody has written, right or wrong. */
export type Raw = Record<string, unknown>

export const isObject = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value)
