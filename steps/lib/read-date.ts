import { quote } from './quote.ts'
import type { ReadOptions, ReadValue } from './read-as.ts'

/** Month names, long and short, in English and in the page's language. */
function monthOf(name: string, lang: string): number | undefined {
  const wanted = name.toLowerCase().replaceAll('.', '')
  for (const locale of lang === '' ? ['en'] : ['en', lang])
    for (const month of ['long', 'short'] as const)
      for (let index = 0; index < 12; index++) {
        const parts = new Intl.DateTimeFormat(locale, { day: 'numeric', month, timeZone: 'UTC' }).formatToParts(Date.UTC(2026, index, 1))
        if (parts.find(({ type }) => type === 'month')?.value.toLowerCase().replaceAll('.', '') === wanted) return index + 1
      }
  return wanted === 'sept' ? 9 : undefined
}

export function readDate(text: string, { dayFirst, lang }: ReadOptions): ReadValue {
  const day = (year: string | undefined, month: number | string | undefined, date: string | undefined): ReadValue => {
    const [y, m, d] = [Number(year), Number(month), Number(date)]
    const found = new Date(Date.UTC(y, m - 1, d))
    if (y < 1000 || found.getUTCMonth() !== m - 1 || found.getUTCDate() !== d) return { fault: `${quote(text)} is not a day of the calendar` }
    return { value: found.toISOString().slice(0, 10) }
  }
  // The time of day, the weekday before and the ordinal's ending say nothing about the day.
  const bare = text.trim().replace(/(?:T|,?\s+)(?:at\s+)?\d{1,2}:\d{2}.*$/i, '')
  const iso = /^(\d{4})([-/.])\s?(\d{1,2})\2\s?(\d{1,2})\.?$/.exec(bare)
  if (iso) return day(iso[1], iso[3], iso[4])
  const dots = /^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})$/.exec(bare)
  if (dots) return day(dots[3], dots[2], dots[1])
  const slashes = /^(\d{1,2})([/-])(\d{1,2})\2(\d{4})$/.exec(bare)
  if (slashes) {
    const [, first = '', , second = '', year] = slashes
    if (dayFirst === undefined && Number(first) <= 12 && Number(second) <= 12 && first !== second)
      return { fault: `${quote(text)} may be two days: say whether the day comes first, in "dayFirst"` }
    return (dayFirst ?? Number(first) > 12) ? day(year, second, first) : day(year, first, second)
  }
  const names = bare.replace(/^\p{L}+\.?,?\s+(?=\d|\p{L}+\.?\s+\d)/u, (weekday) => (monthOf(weekday.replace(/[,.\s]/g, ''), lang) ? weekday : ''))
  const named =
    /^(?<day>\d{1,2})(?:st|nd|rd|th|\.)?[\s-]+(?:of\s+|de\s+)?(?<month>\p{L}+)\.?,?[\s-]+(?:de\s+)?(?<year>\d{4})$/u.exec(names) ??
    /^(?<month>\p{L}+)\.?\s+(?<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?<year>\d{4})$/u.exec(names)
  const month = named && monthOf(named.groups?.month ?? '', lang)
  return month ? day(named.groups?.year, month, named.groups?.day) : { fault: `${quote(text)} is not a date` }
}
