"""The countries a card may come from, as the page offers them."""

COUNTRIES = {
    "AU": "Australia", "AT": "Austria", "BE": "Belgium", "BR": "Brazil", "BG": "Bulgaria",
    "CA": "Canada", "HR": "Croatia", "CY": "Cyprus", "CZ": "Czechia", "DK": "Denmark",
    "EE": "Estonia", "FI": "Finland", "FR": "France", "DE": "Germany", "GR": "Greece",
    "HK": "Hong Kong", "HU": "Hungary", "IS": "Iceland", "IN": "India", "IE": "Ireland",
    "IL": "Israel", "IT": "Italy", "JP": "Japan", "KE": "Kenya", "KR": "Korea, South",
    "KW": "Kuwait", "LV": "Latvia", "LT": "Lithuania", "LU": "Luxembourg", "MT": "Malta",
    "MX": "Mexico", "NL": "Netherlands", "NZ": "New Zealand", "NG": "Nigeria", "NO": "Norway",
    "PL": "Poland", "PT": "Portugal", "RO": "Romania", "RS": "Serbia", "SG": "Singapore",
    "SK": "Slovakia", "SI": "Slovenia", "ZA": "South Africa", "ES": "Spain", "SE": "Sweden",
    "CH": "Switzerland", "TW": "Taiwan", "UG": "Uganda", "UA": "Ukraine",
    "AE": "United Arab Emirates", "GB": "United Kingdom", "US": "United States",
}  # fmt: skip

# What people think in there, where it is a currency that the sandbox has a rate for.
CURRENCY_OF = {
    "AU": "aud", "BR": "brl", "CA": "cad", "CH": "chf", "CZ": "czk", "DK": "dkk", "GB": "gbp",
    "HK": "hkd", "HU": "huf", "IN": "inr", "IS": "isk", "JP": "jpy", "KR": "krw", "KW": "kwd",
    "MX": "mxn", "NO": "nok", "NZ": "nzd", "PL": "pln", "SE": "sek", "SG": "sgd", "TW": "twd",
    "UG": "ugx", "US": "usd", "ZA": "zar",
    **dict.fromkeys(
        ("AT", "BE", "BG", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR", "IE", "IT", "LT", "LU",
         "LV", "MT", "NL", "PT", "SI", "SK"),
        "eur",
    ),
}  # fmt: skip
