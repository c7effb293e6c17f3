//! How much memory this process may still take, as the system says it: the free memory of the machine, or what is left of the limit
//! that a container was given. Asked before work that needs a lot, so that it is refused and not killed halfway.

use std::path::Path;

/// Free bytes; without a limit where the system does not say.
pub fn available_bytes() -> u64 {
    available_under(Path::new("/proc/meminfo"), Path::new("/sys/fs/cgroup"))
}

fn available_under(machine: &Path, group: &Path) -> u64 {
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let number = |path: &Path| read(path).trim().parse::<u64>().ok();
    let free = read(machine).lines().find_map(|line| {
        let words = line.strip_prefix("MemAvailable:")?;
        words.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
    });
    let limit = number(&group.join("memory.max"));
    let left = limit.zip(number(&group.join("memory.current"))).map(|(most, now)| most.saturating_sub(now));
    free.into_iter().chain(left).min().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_limit_counts() {
        let folder = tempfile::tempdir().unwrap();
        let (machine, group) = (folder.path().join("meminfo"), folder.path());
        assert_eq!(available_under(&machine, group), u64::MAX);
        std::fs::write(&machine, "MemTotal:  900 kB\nMemAvailable:   100 kB\n").unwrap();
        assert_eq!(available_under(&machine, group), 100 << 10);
        std::fs::write(group.join("memory.max"), "max\n").unwrap();
        std::fs::write(group.join("memory.current"), "5000\n").unwrap();
        assert_eq!(available_under(&machine, group), 100 << 10);
        std::fs::write(group.join("memory.max"), "15000\n").unwrap();
        assert_eq!(available_under(&machine, group), 10_000);
    }
}
