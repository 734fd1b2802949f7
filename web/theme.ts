import { createTheme, type CSSVariablesResolver } from '@mantine/core'

export const theme = createTheme({
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, 'DejaVu Sans Mono', 'Liberation Mono', monospace",
  headings: { fontWeight: '650' },
  primaryColor: 'indigo',
  primaryShade: { light: 8, dark: 7 },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  colors: {
    indigo: ['#eef2ff', '#e0e7ff', '#c7d2fe', '#a5b4fc', '#818cf8', '#6d70f6', '#5b5bee', '#4f46e5', '#4338ca', '#3730a3'],
    dark: ['#e6e9ef', '#c3c9d4', '#a3abb9', '#7c8595', '#3b4351', '#2c333f', '#20262f', '#171c23', '#12161c', '#0c0f14'],
    gray: ['#f7f8fa', '#f0f2f5', '#e4e7ec', '#d3d8e0', '#b8bfca', '#939cab', '#6b7484', '#4d5562', '#343a45', '#1d2128'],
  },
  components: {
    Button: { defaultProps: { size: 'sm' } },
    Card: { defaultProps: { withBorder: true, padding: 'md', radius: 'lg' } },
    // Its header is none of the page: a page has one banner, or none.
    Modal: { defaultProps: { radius: 'lg', lockScroll: false, attributes: { header: { role: 'presentation' } } } },
    // Who only goes past with the Tab key sees no list open.
    Select: { defaultProps: { openOnFocus: false } },
    MultiSelect: { defaultProps: { openOnFocus: false } },
    TagsInput: { defaultProps: { openOnFocus: false } },
    PasswordInput: { defaultProps: { visibilityToggleButtonProps: { tabIndex: 0, 'aria-label': 'Show what is typed' } } },
    Tooltip: { defaultProps: { openDelay: 300 } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
  },
})

/** Mantine's own greys are too light to be read by everybody. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#1d2128',
    '--mantine-color-dimmed': '#596170',
    '--mantine-color-placeholder': '#6b7484',
    '--mantine-color-error': '#b91c1c',
    '--mantine-color-anchor': '#4338ca',
  },
  dark: {
    '--mantine-color-body': '#171c23',
    '--mantine-color-text': '#e6e9ef',
    '--mantine-color-dimmed': '#a3abb9',
    '--mantine-color-placeholder': '#949dac',
    '--mantine-color-error': '#fca5a5',
    '--mantine-color-anchor': '#a5b4fc',
  },
})
