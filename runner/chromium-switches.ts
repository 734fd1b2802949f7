/**
 * What Playwright 1.65 switches off with `--disable-features`. Chromium heeds only the last such argument, so adding to the list means
 * repeating it; a test holds it against what Playwright really passes.
 */
const PLAYWRIGHT_DISABLES = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'TcpPortRandomizationWin',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  'msForceBrowserSignIn',
  'msEdgeUpdateLaunchServicesPreferredVersion',
]

export const PLAYWRIGHT_DISABLE_FEATURES = `--disable-features=${PLAYWRIGHT_DISABLES.join(',')}`

/** What Chromium makes ready for somebody who sits before it. A run's context is used once and then closed: these were half of its cost. */
const FOR_NOBODY = [
  // After every navigation, a renderer for the next site.
  'SpareRendererForSitePerProcess',
  // With every context, two pages in a renderer of their own for what the address bar unfolds, and others for panels.
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'PreloadTopChromeWebUI',
]

/** Arguments for Chromium beside Playwright's own. As root it has no sandbox to use; everybody else keeps it. */
const chromiumSwitches = (): string[] => [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  // It does not call home, nor speak over UDP.
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `${PLAYWRIGHT_DISABLE_FEATURES},${FOR_NOBODY.join(',')}`,
]

/** Cloud metadata services answer credentials to whoever asks from the machine: no page is to reach them, by name or by number. */
export const NO_METADATA_SERVICE = '--host-resolver-rules=MAP 169.254.* ~NOTFOUND, MAP metadata.google.internal ~NOTFOUND, MAP [fd00:ec2::254] ~NOTFOUND'

/** How Playwright is to start Chromium, with more arguments where they are given. */
export const chromiumLaunch = (...more: string[]) => ({ args: [...chromiumSwitches(), ...more], ignoreDefaultArgs: [PLAYWRIGHT_DISABLE_FEATURES] })
