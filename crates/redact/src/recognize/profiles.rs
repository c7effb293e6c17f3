//! Which addresses of the web are the page of a person: by the platform and the place of the name in the address. The platforms are data; an
//! address of a platform that is not listed counts when its path names a person (`/user/NAME`, `/@NAME`, `/~NAME`).

use super::list::List;

/// First path segments after which a person is named, on every host.
static SEGMENTS: List =
    List::new("author authors in member members people person profile profiles pub u user users ~ @ id athletes");
/// Hosts whose first path segment is a person.
static ROOTS: List = List::new(
    "about.me angel.co artstation.com behance.net bitbucket.org buymeacoffee.com calendly.com cameo.com codeberg.org codepen.io \
     dev.to deviantart.com dribbble.com facebook.com fansly.com fb.com fiverr.com flipboard.com gist.github.com gitee.com \
     github.com gitlab.com gravatar.com hackerone.com hackerrank.com huggingface.co instagr.am instagram.com kaggle.com \
     keybase.io kick.com ko-fi.com letterboxd.com linktr.ee livejournal.com lnk.bio m.me mixcloud.com myspace.com observablehq.com ok.ru \
     onlyfans.com patreon.com paypal.me pinterest.com pinterest.at pinterest.ca pinterest.ch pinterest.co.uk pinterest.com.au pinterest.com.mx \
     pinterest.de pinterest.es pinterest.fr pinterest.ie pinterest.it pinterest.jp pinterest.nz pinterest.ph pinterest.pt pinterest.se \
     producthunt.com replit.com revolut.me slideshare.net snapchat.com soundcloud.com space.bilibili.com speakerdeck.com t.me telegram.me \
     threads.com threads.net twitch.tv twitter.com unsplash.com venmo.com vimeo.com vk.com vsco.co wa.me wattpad.com weibo.com \
     weibo.cn x.com zalo.me orcid.org allmylinks.com beacons.ai bio.link carrd.co poe.com last.fm lichess.org leetcode.com",
);
/// Hosts and the first segments after which they name a person.
const PLACES: [(&str, &str); 12] = [
    ("snapchat.com", "add"),
    ("youtube.com", "c"),
    ("youtube.com", "channel"),
    ("messenger.com", "t"),
    ("upwork.com", "freelancers"),
    ("fiverr.com", "sellers"),
    ("zoom.us", "my"),
    ("peerlist.io", "user"),
    ("tripadvisor.com", "members"),
    ("airbnb.com", "show"),
    ("psnprofiles.com", "psn"),
    ("line.me", "ti"),
];
/// Hosts whose persons have a name of their own before them.
const NAMED_HOSTS: [&str; 7] =
    ["bsky.social", "carrd.co", "deviantart.com", "livejournal.com", "substack.com", "tumblr.com", "medium.com"];
/// First path segments and names before hosts that are no person's.
static NOT_PEOPLE: List = List::new(
    "about academy account accounts addstickers ads advertise analytics api app apps articles assets auth author bestsellers blog blogs boards \
     books business c careers cart categories category cdn challenges changelog channel charts chat cities codes collection collections \
     communities community company compare competitions contact contests cookies courses create customer customers dashboard datasets de \
     design developer developers dialog directory discover discussions docs donate download downloads editorial email en engineering \
     enterprise es events explore faq features feed feeds forgot forum forums fr free gallery game games gaming gp groups guide guides hashtag \
     help home hot html i idea ideas image images img inbox index info intent interviews invite issues it jobs join joinchat kernels landing learn legal \
     library list lists live local login logout m mail maps marketplace media members messages messenger mobile models music my new \
     newest news newsletter newsletters newsroom notes notifications open orgs organizations p page pages papers partner partners \
     password pay photo photos pin pins plans playlist playlists plugins podcasts policies policy popular post posts premium press pricing \
     privacy problems problemset product products profile project projects public pulls questions r rankings readme recent redirect \
     reel reels register repo resources reviews rss s search security server services settings share sharer shop shows signin \
     signup site sitemap sites solutions spaces sponsors start static status stories store stream studio submit subscribe subscriptions \
     support t tag tags team teams terms themes title tools top topic topics tos tour training trending tutorials tv upgrade upload us user \
     users v video videos watch web wiki work www",
);
/// Second segments of pages that belong to the person of the first.
static TAILS: List = List::new(
    "about activity albums boards clips followers following gists likes media pins photos playlists posts reels repos saved sets stars \
     status statuses stories tagged tracks videos with_replies",
);
/// Names of pages that a query names a person to.
static QUERY_PAGES: List = List::new(
    "user profile profile.php citations member.php memberlist.php userinfo userinfo.php user.php people send channel",
);
/// Keys of such queries.
static QUERY_KEYS: List = List::new("id user u uid userid user_id username name member mid phone p");
/// Endings of files, which name nobody.
const FILES: [&str; 14] =
    [".php", ".html", ".htm", ".git", ".js", ".css", ".xml", ".pdf", ".png", ".jpg", ".json", ".txt", ".aspx", ".ico"];

/// Whether an address of this host, path and query is the page of a person.
pub(super) fn is_profile(host: &str, path: &str, query: &str) -> bool {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let Some(first) = segments.next() else { return is_named_host(host) };
    let second = segments.next();
    let marked = first.strip_prefix(['@', '~']).is_some_and(|name| name.contains(char::is_alphanumeric));
    if marked || first.starts_with("User:") || first == "wiki" && second.is_some_and(|page| page.starts_with("User:")) {
        return true;
    }
    let names = |name: &str| name.len() > 1 || name.contains(char::is_numeric);
    if SEGMENTS.has(first) && second.is_some_and(names) {
        return true;
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    if !query.is_empty() && QUERY_PAGES.has(last) && query.split(['&', ';', '#']).any(names_person) {
        return true;
    }
    let known = |host: &str| {
        let root = (second.is_none_or(|second| TAILS.has(second)) && ROOTS.has(host)) && is_person(host, first);
        root || second.is_some_and(names)
            && PLACES.iter().any(|(site, place)| host.eq_ignore_ascii_case(site) && *place == first)
    };
    known(host) || without_edition(host).is_some_and(known) || second.is_none() && is_cash(host, first)
}

/// The host without a label for a language or a kind of device.
fn without_edition(host: &str) -> Option<&str> {
    let (label, rest) = host.split_once('.')?;
    (label.len() <= 3 || matches!(label, "mobile" | "touch")).then_some(rest)
}

/// Whether a first path segment of a platform is a person.
fn is_person(host: &str, name: &str) -> bool {
    let named = name.chars().all(|c| matches!(c, '_' | '.' | '-') || c.is_alphanumeric()) && name.len() > 1;
    let file = FILES.iter().any(|end| {
        name.len() > end.len() && name.get(name.len() - end.len()..).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    });
    let number = name.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let numbered = matches!(
        host,
        "wa.me" | "space.bilibili.com" | "weibo.com" | "weibo.cn" | "orcid.org" | "facebook.com" | "m.me"
    );
    named && !file && (!number || numbered) && !NOT_PEOPLE.has(name)
}

/// A name for payments, `cash.app/$anna`.
fn is_cash(host: &str, name: &str) -> bool {
    host.eq_ignore_ascii_case("cash.app")
        && name.strip_prefix('$').is_some_and(|name| name.contains(char::is_alphabetic))
}

/// A person's name before the host of a platform.
fn is_named_host(host: &str) -> bool {
    let Some((name, site)) = host.split_once('.') else { return false };
    NAMED_HOSTS.iter().any(|known| known.eq_ignore_ascii_case(site)) && name.len() > 2 && !NOT_PEOPLE.has(name)
}

fn names_person(pair: &str) -> bool {
    pair.split_once('=').is_some_and(|(key, value)| !value.is_empty() && QUERY_KEYS.has(key))
}
